"""Ports of pages: the range that pages may have, in the order in which they are tried."""

from collections.abc import Iterator
from dataclasses import dataclass

from playground.errors import NoCapacity

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class PortRange:
    """The ports that pages may have."""

    start: int
    count: int

    def candidates(self, preferred: int | None) -> Iterator[int]:
        """Every port of the range, the preferred one first."""
        if preferred is not None:
            yield preferred
        yield from (p for p in self if p != preferred)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, min(self.start + self.count, 65_536)))

    def exhausted(self) -> NoCapacity:
        """The error for a range without a free port, in words a person can act on."""
        last = min(self.start + self.count, 65_536) - 1
        return NoCapacity(
            f"Every port from {self.start} to {last} is taken. Stop a session, or choose another "
            "range with PLAYGROUND_SESSION_PORT_START and PLAYGROUND_SESSION_PORT_COUNT."
        )
