"""Asking the fork server, and seeing to it that there is one: found, started, or replaced."""

import asyncio
import fcntl
import hashlib
import json
import logging
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from playground.errors import LaunchFailed, NoCapacity
from playground_worker.launchers.process import units

log = logging.getLogger(__name__)

_MODULE = "playground_worker.launchers.process.fork_server"
_START_TIMEOUT_S = 20.0
_ANSWER_TIMEOUT_S = 10.0
_NOT_AGAIN_FOR_S = 60.0
"""After a start that failed, pages are started plainly for so long before it is tried again."""
_DID_NOT_START = "it did not start; fork-server.log says why"
_LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes on Linux, 103 on macOS


class NoForkServer(Exception):
    """Fork is not to be had here; the text says why."""


class ForkClient:
    """The fork server of one folder. Any process of the worker may ask; one at a time starts it."""

    def __init__(
        self, home: Path, *, script: Path, preload: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._home = home
        self._code = (Path(__file__).parent, script.parent)
        self._preload = list(preload)
        self._environment = environment
        self._record = home / "fork-server.json"

    async def fork(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """What the server says of the page that it forked.

        Raises NoCapacity and LaunchFailed as the server does, NoForkServer where there can be none.
        """
        try:
            answer = await self._ask(request)
        except OSError:
            await self.start()
            try:
                answer = await self._ask(request)
            except OSError as error:
                raise NoForkServer(f"it does not answer ({error})") from error
        if "unit" in answer:
            return answer["unit"]
        error_type = NoCapacity if answer.get("code") == NoCapacity.code else LaunchFailed
        raise error_type(answer.get("detail", ""))

    async def start(self) -> None:
        """Have a server that runs the present code: the one that is there, or a new one.

        Raises NoForkServer.
        """
        await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        """End the server, if there is one. Its pages go on."""
        await asyncio.to_thread(self._stop)

    def fingerprint(self) -> str:
        """Which code and configuration a server and its pages run: one that differs is replaced."""
        files = [path for folder in self._code for path in sorted(folder.glob("*.py"))]
        stamps = [path.stat().st_mtime_ns for path in files]
        parts: list[object] = [
            sys.executable,
            sys.version,
            version("streamlit"),
            self._preload,
            stamps,
        ]
        parts.append(sorted(self._environment.items()))
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    async def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The server's answer. Raises OSError where none comes."""
        path = self._read_record().get("socket")
        if path is None:
            raise FileNotFoundError("no fork server has been started")
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):  # TimeoutError is an OSError
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                writer.write(json.dumps(request).encode() + b"\n")
                line = await reader.readline()
            finally:
                writer.close()
        if not line:
            raise ConnectionResetError("the fork server ended while it was asked")
        return json.loads(line)

    def _start(self) -> None:
        if not hasattr(os, "fork"):
            raise NoForkServer("this system cannot fork")
        self._home.mkdir(parents=True, exist_ok=True)
        with self._alone():
            record = self._read_record()
            if record.get("fingerprint") == self.fingerprint():
                if _is_serving(record):
                    return
                if time.time() - record.get("failed_at", 0) < _NOT_AGAIN_FOR_S:
                    raise NoForkServer(_DID_NOT_START)
            self._end(record)
            self._start_new()

    def _stop(self) -> None:
        if not self._home.is_dir():
            return
        with self._alone():
            self._end(self._read_record())
            self._record.unlink(missing_ok=True)

    def _start_new(self) -> None:
        socket_path = self._socket_path()
        socket_path.unlink(missing_ok=True)
        arguments = [str(self._home), str(socket_path), ",".join(self._preload)]
        with (self._home / "fork-server.log").open("ab") as log_file:
            process = subprocess.Popen(
                [sys.executable, "-m", _MODULE, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log_file,
                env={**self._environment, "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,
            )
        threading.Thread(target=process.wait, daemon=True, name="reaps the fork server").start()
        if not _says_ready(process):
            process.kill()
            self._write_record({"failed_at": time.time()})
            raise NoForkServer(_DID_NOT_START)
        started = units.started_at(process.pid)
        self._write_record({"pid": process.pid, "started": started, "socket": str(socket_path)})
        log.info("the fork server runs as process %d", process.pid)

    def _end(self, record: Mapping[str, Any]) -> None:
        if "pid" not in record:
            return
        units.end(record["pid"], record["started"], grace_s=1)
        socket_path = Path(record["socket"])
        socket_path.unlink(missing_ok=True)
        if socket_path.parent != self._home:
            with suppress(OSError):
                socket_path.parent.rmdir()

    def _write_record(self, record: Mapping[str, Any]) -> None:
        new = self._record.with_suffix(".new")
        new.write_text(json.dumps({**record, "fingerprint": self.fingerprint()}))
        new.replace(self._record)

    def _read_record(self) -> dict[str, Any]:
        try:
            return json.loads(self._record.read_text())
        except (OSError, ValueError):
            return {}

    def _socket_path(self) -> Path:
        path = self._home / "fork-server.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        return Path(tempfile.mkdtemp(prefix="playground-")) / "fork-server.sock"

    @contextmanager
    def _alone(self) -> Generator[None]:
        """One process at a time looks for the server and starts it."""
        with (self._home / "fork-server.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_serving(record: Mapping[str, Any]) -> bool:
    return (
        "pid" in record
        and units.is_alive(record["pid"], record["started"])
        and Path(record["socket"]).exists()
    )


def _says_ready(process: "subprocess.Popen[bytes]") -> bool:
    assert process.stdout is not None
    with process.stdout as output:
        readable, _, _ = select.select([output], [], [], _START_TIMEOUT_S)
        return bool(readable) and output.readline() == b"ready\n"
