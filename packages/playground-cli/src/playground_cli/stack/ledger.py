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
STOPPING = "stopping"
STOPPING_S = 8.0
NOTICE_S = 1.0
"""How long an orphaned stack may take to notice that it is one."""


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
        """Become the one stack of this folder. Raises AlreadyRunning.

        A stack that is stopping is waited for: whoever ends one and starts another means it.
        """
        lock = self._lock_path.open("a+")
        begun = time.monotonic()
        while not _locked(lock):
            lock.seek(0)
            holder = lock.read().strip()
            patience = STOPPING_S if holder.endswith(STOPPING) else NOTICE_S
            if time.monotonic() - begun > patience:
                lock.close()
                raise AlreadyRunning(f"The playground is running already: {holder}.")
            time.sleep(0.1)
        self._lock = lock
        self._tell(f"{address}, process {os.getpid()}")

    def tell_that_it_stops(self) -> None:
        """Let a stack that waits for this folder know that it will be free soon."""
        self._tell(STOPPING)

    def _tell(self, text: str) -> None:
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.write(f"{text}\n")
            self._lock.flush()

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


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


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
