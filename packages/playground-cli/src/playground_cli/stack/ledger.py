"""What a stack has started, on disk, so that the next one can end what a killed one left behind."""

import fcntl
import json
import os
import signal
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

from playground_cli.stack.child import Child, start_time

GRACE_S = 4.0


class AlreadyRunning(Exception):
    """A stack is running on this data folder; its text says which."""


@dataclass(frozen=True)
class Entry:
    """A process that was started: a pid counts only with the start time it had."""

    name: str
    pid: int
    started: float


class Ledger:
    """The record of one data folder's stack. Only the holder of the lock writes it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock_path = folder / "up.lock"
        self._path = folder / "processes.json"
        self._lock: IO[str] | None = None

    def take(self, address: str) -> None:
        """Become the one stack of this folder. Raises AlreadyRunning."""
        lock = self._lock_path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise AlreadyRunning(f"the playground is running already: {holder}") from error
        lock.truncate(0)
        lock.write(f"{address} (process {os.getpid()})\n")
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        """Let another stack have the folder."""
        self._path.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def record(self, children: list[Child]) -> None:
        """Write down what runs now."""
        entries = [
            asdict(Entry(child.spec.name, child.process.pid, started))
            for child in children
            if (started := start_time(child.process.pid)) is not None
        ]
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(entries))
        new.replace(self._path)

    def end_leftovers(self) -> list[str]:
        """End what a killed stack left, the last started first; return the names of those."""
        left = [entry for entry in reversed(self._read()) if _is_there(entry)]
        for entry in left:
            _end(entry)
        self._path.unlink(missing_ok=True)
        return [entry.name for entry in left]

    def _read(self) -> list[Entry]:
        try:
            return [Entry(**entry) for entry in json.loads(self._path.read_text())]
        except (OSError, ValueError, TypeError):
            return []


def _is_there(entry: Entry) -> bool:
    started = start_time(entry.pid)
    return started is not None and abs(started - entry.started) < 1


def _end(entry: Entry) -> None:
    """SIGTERM first: the worker ends its pages, Redis writes its log to the end."""
    with suppress(psutil.Error, ProcessLookupError, PermissionError):
        process = psutil.Process(entry.pid)
        process.terminate()
        deadline = time.monotonic() + GRACE_S
        while _is_there(entry) and time.monotonic() < deadline:
            if process.status() == psutil.STATUS_ZOMBIE:
                break
            time.sleep(0.05)
        os.killpg(entry.pid, signal.SIGKILL)
