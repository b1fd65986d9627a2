"""One look at the metrics: the few numbers that the dashboard shows, added up from their series."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Sample as Point

Labels = Mapping[str, str]

_SUFFIX = re.compile("_(total|sum|count)$")
READY_BUCKETS = "playground_session_launch_seconds_bucket"


def _with(**wanted: str) -> Callable[[Labels], bool]:
    return lambda labels: all(labels.get(name) == value for name, value in wanted.items())


def _all(_: Labels) -> bool:
    return True


def _server_error(labels: Labels) -> bool:
    return labels.get("status", "").startswith("5")


FIGURES: Mapping[str, tuple[str, Callable[[Labels], bool]]] = {
    "warm": ("playground_pool_claims_total", _with(mode="warm")),
    "cold": ("playground_pool_claims_total", _with(mode="cold")),
    "ready_s": ("playground_session_launch_seconds_sum", _with(outcome="ready")),
    "ready": ("playground_session_launch_seconds_count", _with(outcome="ready")),
    "launches_failed": ("playground_session_launch_seconds_count", _with(outcome="failed")),
    "pool": ("playground_pool_pages", _all),
    "sessions_ready": ("playground_sessions", _with(status="ready")),
    "sessions_parked": ("playground_sessions", _with(status="parked")),
    "sessions_queued": ("playground_sessions", _with(status="queued")),
    "sessions_starting": ("playground_sessions", _with(status="starting")),
    "streams": ("playground_turns_running", _all),
    "tokens": ("playground_turn_tokens_total", _all),
    "turns_failed": ("playground_turns_total", _with(outcome="failed")),
    "requests_failed": ("playground_http_requests_total", _server_error),
}
"""What is added up, and of which series. Those that only grow are counters."""


@dataclass(frozen=True)
class Sample:
    """The numbers at one moment, by the process that told them; one that nobody told is missing."""

    at: datetime
    told: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    ready_within: Mapping[float, float] = field(default_factory=dict[float, float])
    """How many launches were ready within so many seconds."""

    @cached_property
    def numbers(self) -> Mapping[str, float]:
        """Those of all processes, added up."""
        total: dict[str, float] = {}
        for numbers in self.told.values():
            for name, value in numbers.items():
                total[name] = total.get(name, 0.0) + value
        return total


def sampled(at: datetime, metrics: Mapping[str, Iterable[Metric]], **more: float) -> Sample:
    """The numbers in *metrics* of each process, and those that come from elsewhere."""
    within: dict[float, float] = {}
    told = {source: _numbers(of_one, within) for source, of_one in metrics.items()}
    return Sample(at, told | ({"elsewhere": more} if more else {}), within)


def _numbers(metrics: Iterable[Metric], within: dict[float, float]) -> dict[str, float]:
    points: dict[str, list[Point]] = {}
    families: set[str] = set()
    for metric in metrics:
        families.add(metric.name)
        for point in metric.samples:
            points.setdefault(point.name, []).append(point)
    for point in points.get(READY_BUCKETS, ()):
        if point.labels.get("outcome") == "ready":
            bound = float(point.labels["le"])
            within[bound] = within.get(bound, 0) + point.value
    return {
        name: sum(point.value for point in points.get(series, ()) if wanted(point.labels))
        for name, (series, wanted) in FIGURES.items()
        if _SUFFIX.sub("", series) in families
    }
