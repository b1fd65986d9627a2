"""The fallback: a plain ``streamlit run`` of its own, for where fork is not to be had."""

import asyncio
import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from playground_worker.launchers.ports import LOOPBACK, PortRange
from playground_worker.launchers.process import units
from playground_worker.launchers.process.causes import cause_of
from playground_worker.launchers.process.listening import listen_on
from playground_worker.launchers.process.options import as_arguments
from playground_worker.launchers.protocol import UnitDied

_POLL_S = 0.02
_WHEN_WRITTEN_DOWN = ["/bin/sh", "-c", 'read -r go && exec "$@"', "page"]
"""The page's process begins when it is written down, or ends at once: a page that nobody could find
again must not be. Its pid and start time stay through the exec."""


async def run_page(
    home: Path,
    slot: str,
    script: Path,
    environment: Mapping[str, str],
    *,
    ports: PortRange,
    preferred_port: int | None,
    config: str,
    app: bool = False,
) -> dict[str, Any]:
    """A page that listens on a port which is surely its own; the caller limits the time.

    Raises NoCapacity or LaunchFailed.

    Streamlit binds its port itself, so somebody may take it between our look and its start: then it
    leaves, and the next port is tried.
    """
    for port in ports.candidates(preferred_port):
        with _nobody_else_tries(home, port) as alone:
            if not alone or not _is_free(port):
                continue
            data = _start(home, slot, script, environment, port, config, app)
            if await _listens(data):
                return data
            if _is_free(port):  # so it was not for the port that the page left
                raise UnitDied(f"The page ended before it listened: {_cause(home, slot)}.")
    raise ports.exhausted()


@contextmanager
def _nobody_else_tries(home: Path, port: int) -> Generator[bool]:
    """Whether no other launch of this folder is about to give this port to a page."""
    with (home / f"port-{port}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def _is_free(port: int) -> bool:
    listening = listen_on(port)
    if listening is None:
        return False
    listening.close()
    return True


def _cause(home: Path, slot: str) -> str:
    return cause_of(units.read_unit(home, slot)) or "its log says why"


def _start(
    home: Path,
    slot: str,
    script: Path,
    environment: Mapping[str, str],
    port: int,
    config: str,
    app: bool,
) -> dict[str, Any]:
    options = as_arguments(port, app=app)
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    log_descriptor = units.open_log(home, slot)
    try:
        process = subprocess.Popen(
            [*_WHEN_WRITTEN_DOWN, *command],
            stdin=subprocess.PIPE,
            stdout=log_descriptor,
            stderr=log_descriptor,
            env=dict(environment),
            cwd=script.parent if app else None,
            start_new_session=True,
        )
    finally:
        os.close(log_descriptor)
    threading.Thread(target=_reap, args=(process, home, slot), daemon=True, name=slot).start()
    data = {
        "pid": process.pid,
        "started": units.started_at(process.pid) or time.time(),
        "host": LOOPBACK,
        "port": port,
        "published": port,
        "config": config,
        "log": str(units.log_file(home, slot)),
    }
    assert process.stdin is not None
    with process.stdin as go_ahead:
        units.save_unit(home, slot, data)
        go_ahead.write(b"go\n")
    return data


def _reap(process: "subprocess.Popen[bytes]", home: Path, slot: str) -> None:
    """Take the exit of our own child whenever it comes: no zombie, and the cause is kept."""
    units.note_exit(home, slot, process.wait())


async def _listens(data: Mapping[str, Any]) -> bool:
    """Whether the page's own process has come to listen on its port; False once it has ended."""
    while units.is_alive(data["pid"], data["started"]):
        if await asyncio.to_thread(_has_port, data["pid"], data["port"]):
            return True
        await asyncio.sleep(_POLL_S)
    return False


def _has_port(pid: int, port: int) -> bool:
    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any(
        c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port for c in connections
    )
