"""The last resort at the end of a stack: whatever still runs and carries its mark is killed."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "PLAYGROUND_STACK"


def marked(data_dir: Path) -> dict[str, str]:
    """What everything that the stack of *data_dir* starts has in its environment."""
    return {MARK: str(data_dir.resolve())}


def kill_marked(data_dir: Path) -> list[str]:
    """Kill what carries the mark of *data_dir*; return the names: none, after a clean end."""
    found = list(_marked_processes(str(data_dir.resolve())))
    for process in found:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(found, timeout=2)
    return [process.info["name"] for process in found]


def _marked_processes(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error, OSError):
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and process.environ().get(MARK) == mark:
                yield process
