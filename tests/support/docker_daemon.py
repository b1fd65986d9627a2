"""The daemon of this machine's Docker engine, where it is ours to stop and to start.

That is: started by hand or by a script, by root, on a machine without systemd.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support.docker_engine import docker

_STOPS_WITHIN_S = 60
_STARTS_WITHIN_S = 60


class Daemon:
    """A running dockerd, as it was started: its command, environment and log."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._command = process.cmdline()
        self._environment = process.environ()
        self._log = Path(f"/proc/{process.pid}/fd/1").readlink()

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Daemon"]:
        """The daemon of now; whatever happens in the block, it runs again at its end."""
        daemon = cls(*_processes())
        try:
            yield daemon
        finally:
            if not daemon._process.is_running():
                daemon._start()

    def stop(self) -> None:
        """SIGTERM: it stops every container before it ends."""
        self._process.terminate()
        self._process.wait(_STOPS_WITHIN_S)

    def _start(self) -> None:
        Path("/var/run/docker.pid").unlink(missing_ok=True)
        with self._log.open("ab") as log:
            subprocess.run(
                ["setsid", "--fork", *self._command],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=True,
            )
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while subprocess.run(["docker", "info"], capture_output=True).returncode:
            assert time.monotonic() < deadline, "the Docker engine does not come back"
            time.sleep(0.2)


def is_ours() -> bool:
    """Whether a test may stop the engine, and can start it as it was started."""
    linux_root = sys.platform == "linux" and os.geteuid() == 0
    if not linux_root or os.environ.get("DOCKER_HOST") or Path("/run/systemd/system").exists():
        return False
    return len(_processes()) == 1


def others_containers(project: str) -> list[str]:
    """The names of running containers that are not those of *project*."""
    names = docker("ps", "--format", "{{.Names}}").split()
    return [name for name in names if not name.startswith(f"{project}-")]


def _processes() -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["name"]) if p.info["name"] == "dockerd"]
