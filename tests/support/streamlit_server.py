"""Real Streamlit servers that show scripts of the tests, also of releases other than the installed.

An environment with another release is made once, in .tools/streamlit/<version>, and kept.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

import pytest

TOOLS = Path(__file__).parents[2] / ".tools"
INSTALLED = version("streamlit")
RELEASES = ("1.36.0", "1.45.1", "1.54.0", INSTALLED)
"""The oldest that the bridge reads, two between with other wire types, and the newest."""

_STARTS_WITHIN_S = 60


@dataclass(frozen=True)
class StreamlitServer:
    """A running server."""

    url: str
    process: "subprocess.Popen[bytes]"
    _log: Path

    @property
    def log(self) -> str:
        """What it has said."""
        return self._log.read_text(errors="replace")


@contextmanager
def streamlit_server(
    script: Path,
    folder: Path,
    *,
    release: str = INSTALLED,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Generator[StreamlitServer]:
    """A server of that script for the block, healthy; its log is in *folder*."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    command = [str(python_with(release)), "-m", "streamlit", "run", str(script)]
    command += [f"--{name}={value}" for name, value in options.items()]
    log = folder / f"streamlit-{port}.log"
    variables = {**os.environ, "TZ": "UTC", **environment}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, cwd=script.parent, env=variables
        )
    server = StreamlitServer(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_for_health(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def python_with(release: str) -> Path:
    """A Python that has that release of Streamlit. Skips the test where none can be made."""
    if release == INSTALLED:
        return Path(sys.executable)
    made = TOOLS / "streamlit" / release
    python = made / "bin" / "python"
    if not python.exists():
        _make(release, made)
    return python


def _make(release: str, place: Path) -> None:
    """Made beside its place, so that what is there is whole; two runs may do it at once."""
    uv = shutil.which("uv") or str(TOOLS / "bin" / "uv")
    new = place.with_name(f"{release}.{os.getpid()}")
    python = new / "bin" / "python"
    try:
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, new], check=True)
        wanted = [uv, "pip", "install", "--quiet", "--python", python, f"streamlit=={release}"]
        subprocess.run(wanted, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(new, ignore_errors=True)
        pytest.skip(f"no environment with Streamlit {release} can be made: {error}")
    try:
        new.rename(place)
    except OSError:
        shutil.rmtree(new)


def _wait_for_health(server: StreamlitServer) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while True:
        try:
            urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1).close()
            return
        except OSError:
            assert server.process.poll() is None, f"the server did not start: {server.log}"
            assert time.monotonic() < deadline, f"the server is not healthy: {server.log}"
            time.sleep(0.02)
