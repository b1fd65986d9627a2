"""Ports of pages: the kernel says which one is free, by letting us listen on it."""

import errno
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from playground.errors import NoCapacity

LOOPBACK = "127.0.0.1"
_BACKLOG = 128
_TAKEN = (errno.EADDRINUSE, errno.EACCES)


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


def listen_on_first_free(ports: PortRange, preferred: int | None = None) -> socket.socket:
    """A listening socket on the first port of the range that is free. Raises NoCapacity."""
    for port in ports.candidates(preferred):
        listening = listen_on(port)
        if listening is not None:
            return listening
    raise ports.exhausted()


def listen_on(port: int) -> socket.socket | None:
    """A listening socket on loopback, or None where somebody has the port."""
    if sys.platform == "darwin" and _somebody_answers(port):
        return None
    listening = socket.socket()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno in _TAKEN:
            return None
        raise
    listening.setblocking(False)
    return listening


def _somebody_answers(port: int) -> bool:
    """On macOS a bind to loopback succeeds beside a server of all addresses, and robs it."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((LOOPBACK, port)) == 0
