"""Scenarios: what one is, how its prompt is filled in, and the folder they are read from."""
