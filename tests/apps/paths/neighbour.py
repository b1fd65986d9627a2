"""Beside the app's script."""

WORD = "from the neighbour"
