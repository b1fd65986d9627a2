"""How much is passed through at one time, and the figures of it."""

from collections import Counter as Tally
from collections.abc import Generator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge

from playground.errors import RateLimited

MOST_AT_ONCE = 256
"""Requests and streams to the server of one session, in this replica."""


class PassedMetrics:
    """What was passed through."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "playground_mcp_passed_total",
            "Requests to scenarios' own MCP servers by outcome",
            ["outcome"],
            registry=registry,
        )
        self.bytes = Counter(
            "playground_mcp_passed_bytes_total",
            "Bytes to and from scenarios' own MCP servers",
            ["direction"],
            registry=registry,
        )
        self.open = Gauge(
            "playground_mcp_passed_open",
            "Requests and streams to scenarios' own MCP servers that are open",
            registry=registry,
        )


class Places:
    """Keeps one session's clients from taking all of the door."""

    def __init__(self, metrics: PassedMetrics) -> None:
        self._metrics = metrics
        self._taken: Tally[str] = Tally()

    @contextmanager
    def one(self, session_id: str) -> Generator[None]:
        """Around a request. Raises RateLimited where too many are open already."""
        if self._taken[session_id] >= MOST_AT_ONCE:
            raise RateLimited(
                f"{MOST_AT_ONCE} requests to this session's server are open; "
                "try again when one of them has ended."
            )
        self._taken[session_id] += 1
        self._metrics.open.inc()
        try:
            yield
        finally:
            self._metrics.open.dec()
            self._taken[session_id] -= 1
            if not self._taken[session_id]:
                del self._taken[session_id]
