"""The fallback: a plain ``streamlit run`` of its own, for where fork is not to be had."""

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from playground_worker.launchers.process import units
from playground_worker.launchers.process.options import as_arguments
from playground_worker.launchers.process.ports import LOOPBACK, PortRange, listen_on
from playground_worker.launchers.protocol import LaunchTimeout, UnitDied

_POLL_S = 0.02
_WHEN_WRITTEN_DOWN = ["/bin/sh", "-c", 'read -r go && exec "$@"', "page"]
"""The page's process begins when it is told to, or ends at once: one that nobody could find again must
not be. Its pid and start time stay through the exec."""


async def run_page(
    home: Path,
    slot: str,
    script: Path,
    environment: Mapping[str, str],
    *,
    ports: PortRange,
    preferred_port: int | None,
    timeout_s: float,
) -> dict[str, Any]:
    """A page that listens on a port which is surely its own. Raises NoCapacity or LaunchFailed.

    Streamlit binds its port itself, so somebody may take it between our look and its start: then it
    leaves, and the next port is tried.
    """
    deadline = time.monotonic() + timeout_s
    for port in ports.candidates(preferred_port):
        free = listen_on(port)
        if free is None:
            continue
        free.close()
        data = _start(home, slot, script, environment, port)
        if await _listens(data, deadline):
            return data
        await asyncio.to_thread(units.end, data["pid"], data["started"], grace_s=0)
        if time.monotonic() > deadline:
            raise LaunchTimeout(f"The page did not listen within {timeout_s:g} s.")
        taken = listen_on(port)
        if taken is not None:  # nobody took the port: it was not for that reason that the page left
            taken.close()
            raise UnitDied("The page ended before it listened; its log says why.")
    raise ports.exhausted()


def _start(
    home: Path, slot: str, script: Path, environment: Mapping[str, str], port: int
) -> dict[str, Any]:
    command = [sys.executable, "-m", "streamlit", "run", str(script), *as_arguments(port)]
    log_descriptor = units.open_log(home, slot)
    try:
        process = subprocess.Popen(
            [*_WHEN_WRITTEN_DOWN, *command],
            stdin=subprocess.PIPE,
            stdout=log_descriptor,
            stderr=log_descriptor,
            env=dict(environment),
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
        "log": str(units.log_file(home, slot)),
    }
    assert process.stdin is not None
    with process.stdin as go_ahead:
        units.save_unit(home, slot, data)
        go_ahead.write(b"go\n")
    return data


def _reap(process: "subprocess.Popen[bytes]", home: Path, slot: str) -> None:
    """Take the exit of our own child at once, whenever it comes: no zombie, and the cause is kept."""
    units.note_exit(home, slot, process.wait())


async def _listens(data: Mapping[str, Any], deadline: float) -> bool:
    """Whether the page's own process listens on its port in time; False as soon as it has ended."""
    while units.is_alive(data["pid"], data["started"]) and time.monotonic() < deadline:
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
