"""Small charts as SVG paths, drawn here: no script, no style of their own."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 240, 56
_ROOM = 3
"""Above the highest point, so that its line is not cut."""


@dataclass(frozen=True)
class Line:
    """One line of a chart, and the area below it."""

    line: str
    area: str
    series: int
    """Which of the chart's colours it has: 1 to 3."""


@dataclass(frozen=True)
class Chart:
    """One or several lines on one scale, from 0 to the highest of their values."""

    lines: Sequence[Line]
    highest: float
    width: int = WIDTH
    height: int = HEIGHT


def chart(*series: Sequence[float], slots: int) -> Chart:
    """*series*, the newest value at the right; *slots* values fill the width."""
    highest = max((value for values in series for value in values), default=0.0)
    lines = [
        _line(values, highest, slots, n) for n, values in enumerate(series, 1) if len(values) > 1
    ]
    return Chart(lines, highest)


def _line(values: Sequence[float], highest: float, slots: int, number: int) -> Line:
    step = WIDTH / max(1, slots - 1)
    start = WIDTH - step * (len(values) - 1)
    scale = (HEIGHT - _ROOM) / highest if highest > 0 else 0
    points = [
        f"{start + n * step:.1f},{HEIGHT - value * scale:.1f}" for n, value in enumerate(values)
    ]
    line = "M" + "L".join(points)
    return Line(line, f"{line}L{WIDTH},{HEIGHT}L{start:.1f},{HEIGHT}Z", number)
