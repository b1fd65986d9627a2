"""Measurements of the running product beside the bare thing, in one run: `make bench`."""
