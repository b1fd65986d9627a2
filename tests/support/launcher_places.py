"""Where a launcher's pages run in the contract suite, and what a test does to them there."""

import asyncio
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any, Protocol

from playground.sessions.model import Handle
from playground_worker.launchers.docker.launcher import DockerLauncher
from playground_worker.launchers.process.launcher import ProcessLauncher
from playground_worker.launchers.protocol import Launcher
from playground_worker.pages import Probe
from playground_worker.readiness import NotReadyYet, first_run
from playground_worker.settings import DockerSettings, ProcessSettings
from playground_worker.wiring import make_launcher
from tests.support import docker_engine
from tests.support.pages import PAGE_SCRIPT, free_ports, processes_about
from tests.support.waiting import wait_until

PORTS = 8
SECRETS = {"OPENAI_API_KEY": "sk-secret", "REDIS_URL": "redis://:pw@x"}


class Place(Protocol):
    """Launchers of one kind, and a hand on their pages."""

    made_of: str
    """What a page is made of, by the name that an error gives it."""

    def launcher(self, **settings: Any) -> Launcher:
        """A launcher of this place."""
        ...

    def without_page(self) -> Launcher:
        """A launcher whose pages are made of something that is not there."""
        ...

    async def ready(self, handle: Handle) -> None:
        """Wait until the page answers."""
        ...

    def environment(self, handle: Handle) -> dict[str, str]:
        """What the page was told."""
        ...

    def kill(self, handle: Handle) -> None:
        """SIGKILL to the page."""
        ...

    async def close(self) -> None:
        """Prove that nothing is left."""
        ...


class Processes:
    """The process launcher: forked pages, or plain ones (*fork_server* off)."""

    made_of = "'app.py'"

    def __init__(self, folder: Path, fork_server: str) -> None:
        self._folder = folder
        shutil.copy(PAGE_SCRIPT, folder / "page.py")
        self._settings: dict[str, Any] = {
            "data_dir": folder / "data",
            "page_script": folder / "page.py",
            "session_port_start": free_ports(PORTS),
            "session_port_count": PORTS,
            "fork_server": fork_server,
        }

    def launcher(self, **settings: Any) -> Launcher:
        given = ProcessSettings(**(self._settings | settings))
        return make_launcher(given, {**os.environ, **SECRETS})

    def without_page(self) -> Launcher:
        return self.launcher(page_script=self._folder / "nowhere" / "app.py")

    async def ready(self, handle: Handle) -> None:
        await first_run(handle.data["host"], handle.data["port"])

    def environment(self, handle: Handle) -> dict[str, str]:
        told = self._folder / f"told-{handle.slot}.token.json"
        return json.loads(told.read_text())["environment"]

    def kill(self, handle: Handle) -> None:
        os.kill(handle.data["pid"], signal.SIGKILL)

    async def close(self) -> None:
        await ProcessLauncher(ProcessSettings(**self._settings), {}).close()
        assert processes_about(self._folder) == []


class Containers:
    """The docker launcher on the real engine, with the tests' own page image."""

    made_of = "no-such-page:ever"

    def __init__(self, image: str) -> None:
        self._owner = docker_engine.new_owner()
        self._settings: dict[str, Any] = {
            "owner": self._owner,
            "page_image": image,
            "session_port_start": free_ports(PORTS),
            "session_port_count": PORTS,
        }

    def launcher(self, **settings: Any) -> Launcher:
        given = DockerSettings(**(self._settings | settings))
        return make_launcher(given, {**os.environ, **SECRETS})

    def without_page(self) -> Launcher:
        return self.launcher(page_image=self.made_of)

    async def ready(self, handle: Handle) -> None:
        await answers(handle)

    def environment(self, handle: Handle) -> dict[str, str]:
        lines = docker_engine.inspect(handle.data["container"])["Config"]["Env"]
        return dict(line.split("=", 1) for line in lines)

    def kill(self, handle: Handle) -> None:
        docker_engine.docker("kill", handle.data["container"])

    async def close(self) -> None:
        await DockerLauncher(DockerSettings(**self._settings)).clear()
        assert docker_engine.left_of(self._owner) == []


async def answers(handle: Handle) -> None:
    """Wait until the page's server answers where the worker reaches it."""

    async def healthy() -> bool:
        try:
            _, writer = await asyncio.open_connection(handle.data["host"], handle.data["port"])
        except OSError:
            return False
        writer.close()
        return True

    await wait_until(healthy, f"{handle.slot} answers")


async def has_run(launcher: Launcher, handle: Handle, probe: Probe) -> None:
    """Wait until the script has run; a page that dies meanwhile fails."""

    async def is_ready() -> bool:
        try:
            await probe(handle.data["host"], handle.data["port"])
        except NotReadyYet:
            assert (await launcher.inspect([handle]))[handle.slot].alive
            return False
        return True

    await wait_until(is_ready, "the script has run", timeout_s=30)
