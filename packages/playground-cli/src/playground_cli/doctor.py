"""`playground doctor`: what this machine has and lacks, and the command that mends it."""

import ctypes
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from playground_cli.embedded.weights import NoWeights, find_weights
from playground_cli.stack.redis_server import NoRedisServer, find_redis_server
from playground_cli.stack.settings import StackSettings

MIN_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    found: str
    mend: str = ""
    """The command or step that mends it."""
    vital: bool = True
    """Without a vital thing the embedded stack does not come up."""

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def examine(settings: StackSettings) -> list[Finding]:
    """Everything worth knowing before `make up`."""
    looks: list[Callable[[StackSettings], Finding]] = [
        _python,
        _redis,
        _streamlit,
        _weights,
        _openmp,
        _processor,
        _port,
        _disk,
        _browser,
    ]
    return [look(settings) for look in looks]


def _python(_: StackSettings) -> Finding:
    version = platform.python_version()
    return Finding(
        "Python 3.11 or newer", sys.version_info >= (3, 11), version, "install Python 3.11 or newer"
    )


def _redis(_: StackSettings) -> Finding:
    what = "a Redis server"
    try:
        return Finding(what, True, find_redis_server().name)
    except NoRedisServer as error:
        mend = (
            "install redis-server (Debian: apt-get install redis-server; macOS: brew install redis)"
        )
        return Finding(what, False, str(error), mend)


def _streamlit(_: StackSettings) -> Finding:
    there = find_spec("streamlit") is not None
    return Finding("Streamlit", there, "installed" if there else "not installed", "make up")


def _weights(settings: StackSettings) -> Finding:
    what = "the embedded model's weights and runtime"
    try:
        weights = find_weights(settings.models_folder, settings.embedded_gguf)
    except NoWeights as error:
        return Finding(what, False, str(error), "make up", vital=False)
    there = find_spec("xllamacpp") is not None
    found = weights.model_id if there else "the package xllamacpp is not installed"
    return Finding(what, there, found, "make up", vital=False)


def _openmp(_: StackSettings) -> Finding:
    what = "libgomp, which the embedded model links"
    if platform.system() != "Linux":
        return Finding(what, True, "not needed on this system", vital=False)
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        mend = "Debian, Ubuntu: apt-get install libgomp1 · Fedora: dnf install libgomp"
        return Finding(what, False, "libgomp.so.1 is missing", mend, vital=False)
    return Finding(what, True, "libgomp.so.1", vital=False)


def _processor(_: StackSettings) -> Finding:
    """Load the runtime in a process of its own: on an old processor only that one ends."""
    what = "a processor that runs the embedded model"
    if find_spec("xllamacpp") is None:
        return Finding(
            what, False, "the package xllamacpp is not installed", "make up", vital=False
        )
    probe = [sys.executable, "-c", "import xllamacpp; xllamacpp.get_system_info()"]
    code = subprocess.run(probe, capture_output=True, check=False, timeout=60).returncode
    mend = "use a model server: OPENAI_BASE_URL=... OPENAI_API_KEY=... make up"
    found = f"{platform.machine()}, {os.cpu_count()} cores" if code == 0 else f"ended with {code}"
    return Finding(what, code == 0, found, mend, vital=False)


def _port(settings: StackSettings) -> Finding:
    what = f"port {settings.port}"
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", settings.port)) == 0
    found = "somebody listens (a running playground does)" if taken else "free"
    mend = f"PLAYGROUND_PORT={settings.port + 1} make up"
    return Finding(what, not taken, found, mend, vital=False)


def _disk(settings: StackSettings) -> Finding:
    folder = (
        settings.data_dir if settings.data_dir.exists() else settings.data_dir.absolute().parent
    )
    free = shutil.disk_usage(folder).free
    mend = "free some space, or name another folder with PLAYGROUND_DATA_DIR"
    found = f"{free / 1024**3:.1f} GiB free"
    return Finding("2 GiB of disk", free >= MIN_FREE_BYTES, found, mend, vital=False)


def _browser(_: StackSettings) -> Finding:
    what = "Chromium, for the browser tests"
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    mend = "Debian: apt-get install chromium"
    return Finding(what, found is not None, found or "not found", mend, vital=False)
