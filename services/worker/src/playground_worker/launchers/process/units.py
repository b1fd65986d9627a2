"""Units on disk and in the process table: a file per page, and who is still alive.

A unit's file holds a line of JSON about the page and, once it ended by itself, another with its
exit.

A pid counts only together with the time its process began, so a reused pid is never taken for a
page.
"""

import json
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from playground.errors import NoCapacity
from playground_worker.launchers.process.causes import FIRST_WORDS

_SAME_START_S = 1.0


def unit_file(home: Path, slot: str) -> Path:
    return home / f"{slot}.json"


def log_file(home: Path, slot: str) -> Path:
    return home / f"{slot}.log"


def open_log(home: Path, slot: str) -> int:
    """A descriptor of the page's log. Raises NoCapacity where it cannot be written."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(log_file(home, slot), flags, 0o600)
    except OSError as error:
        raise _unwritable(error) from error
    try:
        os.write(descriptor, f"{FIRST_WORDS}{slot} starts\n".encode())
    except OSError as error:
        os.close(descriptor)
        raise _unwritable(error) from error
    return descriptor


def save_unit(home: Path, slot: str, data: Mapping[str, Any]) -> None:
    """Write down that the unit exists. Raises NoCapacity where that is not possible."""
    path = unit_file(home, slot)
    new = path.with_suffix(".new")
    try:
        new.write_text(json.dumps(data) + "\n")
        new.replace(path)
    except OSError as error:
        raise _unwritable(error) from error


def note_exit(home: Path, slot: str, code: int) -> None:
    """Add how the page ended, unless the unit was given back: no file is made anew here."""
    with suppress(OSError):
        descriptor = os.open(unit_file(home, slot), os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        try:
            os.write(descriptor, json.dumps({"exit": code}).encode() + b"\n")
        finally:
            os.close(descriptor)


def forget_unit(home: Path, slot: str) -> None:
    unit_file(home, slot).unlink(missing_ok=True)


def read_unit(home: Path, slot: str) -> dict[str, Any]:
    """What is written about a unit; empty if nothing is."""
    try:
        lines = unit_file(home, slot).read_text().splitlines()
        return {key: value for line in lines for key, value in json.loads(line).items()}
    except (OSError, ValueError):
        return {}


def started_at(pid: int) -> float | None:
    """When the process of that pid began; None if there is none, or only its exit is left."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return process.create_time()
    except psutil.Error:
        return None


def is_alive(pid: int, started: float) -> bool:
    """Whether the process that began at *started* still runs."""
    found = started_at(pid)
    return found is not None and abs(found - started) < _SAME_START_S


def memory_of(pid: int, started: float) -> int:
    """Bytes that the page and its children hold, shared ones by their share; 0 if it is gone."""
    if not is_alive(pid, started):
        return 0
    try:
        page = psutil.Process(pid)
        return sum(_held(one) for one in [page, *page.children(recursive=True)])
    except psutil.Error:
        return 0


def _held(process: psutil.Process) -> int:
    full = process.memory_full_info()
    return getattr(full, "pss", None) or full.rss  # only Linux tells shares


def end(pid: int, started: float, *, grace_s: float) -> None:
    """SIGTERM to the page, SIGKILL to all of its group after the grace; returns when it is gone."""
    if is_alive(pid, started):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        _wait_gone(pid, started, grace_s)
    elif psutil.pid_exists(pid) and started_at(pid) is not None:
        return  # a stranger has this pid by now
    # While members of the group live, no new process gets its number: this cannot hit a stranger.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    _wait_gone(pid, started, 1.0)


def _wait_gone(pid: int, started: float, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while is_alive(pid, started) and time.monotonic() < deadline:
        time.sleep(0.005)


def no_room_for_process(error: OSError) -> NoCapacity:
    """The error for a machine that does not let a page's process begin."""
    return NoCapacity(
        f"The machine cannot start another page ({error.strerror or 'system error'}). "
        "Stop a session, then try again."
    )


def _unwritable(error: OSError) -> NoCapacity:
    return NoCapacity(
        f"The page's files cannot be written ({error.strerror or 'input/output error'}). "
        "Free some disk space or mend the permissions of the data folder, then try again."
    )
