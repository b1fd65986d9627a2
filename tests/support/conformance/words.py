"""Descriptions of the suites' fixtures, which have to have one."""

from collections.abc import Callable
from typing import Any


def in_words(fixture: Callable[..., Any]) -> str:
    """The fixture's name, as a person would write it."""
    return fixture.__name__.replace("_", " ").capitalize()
