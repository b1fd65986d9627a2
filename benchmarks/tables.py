"""Tables of measurements, as they are printed and as they stand in benchmarks/README.md."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """What was measured, and how."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """The table as a section."""
        lines = [
            f"## {self.title}",
            "",
            self.note,
            "",
            f"| {' | '.join(self.columns)} |",
            f"|{'---|' * len(self.columns)}",
            *(f"| {' | '.join(row)} |" for row in self.rows),
            "",
        ]
        return "\n".join(lines)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least *percent* per cent of *values* do not exceed."""
    ordered = sorted(values)
    place = max(0, -(-len(ordered) * percent // 100) - 1)
    return ordered[int(place)]
