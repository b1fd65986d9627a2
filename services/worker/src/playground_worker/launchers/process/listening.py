"""Free ports: the kernel says which one is free, by letting us listen on it."""

import errno
import socket
import sys

from playground_worker.launchers.ports import LOOPBACK, PortRange

_BACKLOG = 128
_TAKEN = (errno.EADDRINUSE, errno.EACCES)


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
