"""Ports that a launch of this machine is trying now, so that launches at once try different ones.

Only a courtesy: it spares the engine launches that would fail. Who gets a port is the engine's
decision.
"""

import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def reserved(owner: str, port: int) -> Generator[bool]:
    """Whether no other launch of this owner tries the port, as far as can be known.

    A name in the kernel's abstract namespace: no file, and gone with its process.
    """
    if sys.platform != "linux":
        yield True
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as name:
        try:
            name.bind(f"\0playground/{owner}/page-{port}")
        except OSError:
            yield False
            return
        yield True
