"""What tests of real pages share: a free stretch of ports, and who is left over."""

import random
import socket
from pathlib import Path

import psutil

PAGE_SCRIPT = Path(__file__).with_name("page_script.py")
"""Copied into the test's folder, where it tells what it sees."""


def free_ports(count: int = 40) -> int:
    """The first of *count* ports that nobody listens on now."""
    while True:
        start = random.randrange(21_000, 31_000)
        if all(is_free(port) for port in range(start, start + count)):
            return start


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def is_gone(pid: int) -> bool:
    """Whether no process of that pid is left, not even one that waits to be reaped."""
    return not psutil.pid_exists(pid)


def processes_about(folder: Path) -> list[str]:
    """Command lines of the processes that name *folder*: fork servers, pages, workers of a test."""
    found = [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"])]
    return [line for line in found if str(folder) in line]
