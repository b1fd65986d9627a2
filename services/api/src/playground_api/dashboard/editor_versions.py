"""Two versions of a scenario side by side, as the lines of their files that differ."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from playground.scenarios.model import Scenario
from playground.scenarios.writing import as_yaml


@dataclass(frozen=True)
class Line:
    """One line of a diff: `kind` is added, removed, same, or gap."""

    kind: str
    text: str


_KINDS = {"+": "added", "-": "removed", "@": "gap", " ": "same"}


def diff(before: Scenario, after: Scenario) -> list[Line]:
    """What changed from *before* to *after*, with three lines around it; empty if nothing did."""
    return list(_lines(as_yaml(before), as_yaml(after)))


def _lines(before: str, after: str) -> Iterator[Line]:
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=3, lineterm="")
    for number, line in enumerate(found):
        if number >= 2:  # after the names of the files
            kind = _KINDS[line[:1] or " "]
            yield Line(kind, "" if kind == "gap" else line[1:])
