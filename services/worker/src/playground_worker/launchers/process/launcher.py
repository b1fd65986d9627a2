"""The process launcher: pages forked by the fork server, or started plainly where there is none."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from playground.sessions.model import Handle
from playground_worker.launchers.last_words import LOG_BYTES, last_lines
from playground_worker.launchers.process import units
from playground_worker.launchers.process.causes import cause_of, tail
from playground_worker.launchers.process.fork_client import ForkClient, NoForkServer
from playground_worker.launchers.process.streamlit_run import run_page
from playground_worker.launchers.protocol import (
    LOG_LINES,
    Allowance,
    AppScript,
    Condition,
    UnitMissing,
    UnitSpec,
)
from playground_worker.settings import ProcessSettings

log = logging.getLogger(__name__)

_GRACE_S = 1.0
_LOGS_KEPT_S = 86_400
_CONFIG_DIGITS = 12


class ProcessLauncher:
    """Pages as processes of this machine, each in a session (process group) of its own.

    *environment* is what a page gets besides its own two variables: no key and no password in it.
    """

    name: str = "process"

    def __init__(self, settings: ProcessSettings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._environment = dict(environment)
        self._home = settings.pages_folder
        # Threads that wait for pages to go: enough that a whole stack's pages go at once.
        self._enders = ThreadPoolExecutor(32, "ends pages")
        self._fork_client = ForkClient(
            self._home,
            script=settings.page_script,
            preload=settings.preload,
            environment=self._environment,
        )

    @property
    def config(self) -> str:
        """The hash of what pages are made of: Streamlit, the script's folder, the environment."""
        return self._fork_client.fingerprint()[:_CONFIG_DIGITS]

    async def start(self) -> None:
        """Have the fork server ready before the first launch, where there is to be one."""
        self._home.mkdir(parents=True, exist_ok=True)
        if self._settings.fork_server == "off":
            return
        try:
            await self._fork_client.start()
        except NoForkServer as error:
            log.warning("no fork server: %s; pages are started by streamlit run", error)

    async def close(self) -> None:
        """End the fork server. Pages go on, and are found by the next launcher of this folder."""
        await self._fork_client.stop()

    async def is_going_down(self) -> bool:
        """A stack of processes says so by PLAYGROUND_STOP_SESSIONS_ON_EXIT alone."""
        return False

    async def clear(self) -> None:
        """End every page of this folder."""
        await asyncio.gather(*(self.stop(handle) for handle in await self.owned()))

    async def launch(self, spec: UnitSpec) -> Handle:
        """Start a page: it listens when this returns. Raises NoCapacity or LaunchFailed."""
        script = self._script(spec)
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            data = await self._forked(spec, script) or await self._run_plainly(spec, script)
        except OSError as error:
            raise units.no_room_for_process(error) from error
        return Handle(launcher=self.name, slot=spec.slot, data=data)

    async def stop(self, handle: Handle) -> None:
        """SIGTERM, then SIGKILL to all of the page's group. Its log stays for a day."""
        data = handle.data or units.read_unit(self._home, handle.slot)
        if "pid" in data:
            ending = partial(units.end, data["pid"], data["started"], grace_s=_GRACE_S)
            await asyncio.get_running_loop().run_in_executor(self._enders, ending)
        units.forget_unit(self._home, handle.slot)

    async def inspect(self, handles: Sequence[Handle]) -> Mapping[str, Condition]:
        """Who of them is alive."""
        return await asyncio.to_thread(
            lambda: {handle.slot: self._condition(handle) for handle in handles}
        )

    async def memory(self, handles: Sequence[Handle]) -> Mapping[str, int]:
        """Each page's share: what pages have in common with their parent is counted once."""
        return await asyncio.to_thread(
            lambda: {
                handle.slot: size
                for handle in handles
                if "pid" in handle.data
                and (size := units.memory_of(handle.data["pid"], handle.data["started"]))
            }
        )

    async def owned(self) -> list[Handle]:
        """Every page that is written down in this folder."""
        return await asyncio.to_thread(self._written_down)

    async def fit(self, handle: Handle, session_id: str, allowance: Allowance) -> None:
        """Nothing: a process of the worker's user is not limited here, and has no name."""

    async def read_log(self, handle: Handle, lines: int) -> str:
        """The last lines of the page's log, which stays for a day after the page."""
        log_file = units.log_file(self._home, handle.slot)
        text = await asyncio.to_thread(tail, log_file, LOG_BYTES)
        return last_lines(text, min(lines, LOG_LINES))

    def _condition(self, handle: Handle) -> Condition:
        data = handle.data
        if "pid" in data and units.is_alive(data["pid"], data["started"]):
            return Condition(alive=True)
        return Condition(False, cause_of({**data, **units.read_unit(self._home, handle.slot)}))

    def _written_down(self) -> list[Handle]:
        self._drop_old_logs()
        slots = [path.stem for path in sorted(self._home.glob("slot-*.json"))]
        return [
            Handle(launcher=self.name, slot=slot, data=units.read_unit(self._home, slot))
            for slot in slots
        ]

    def _drop_old_logs(self) -> None:
        long_ago = time.time() - _LOGS_KEPT_S
        for path in self._home.glob("slot-*.log"):
            with suppress(OSError):
                if path.stat().st_mtime < long_ago and not path.with_suffix(".json").exists():
                    path.unlink()

    async def _forked(self, spec: UnitSpec, script: Path) -> dict[str, Any] | None:
        """The forked page, or None where fork is not to be had."""
        if self._settings.fork_server == "off":
            return None
        request = {
            "slot": spec.slot,
            "script": str(script.resolve()),
            "app": spec.app is not None,
            "port_start": self._settings.ports.start,
            "port_count": self._settings.ports.count,
            "preferred_port": spec.preferred_port,
            "config": self.config,
            "environment": self._page_environment(spec),
        }
        try:
            return await self._fork_client.fork(request)
        except NoForkServer as error:
            log.warning("no fork server: %s; starting the page by streamlit run", error)
            return None

    async def _run_plainly(self, spec: UnitSpec, script: Path) -> dict[str, Any]:
        return await run_page(
            self._home,
            spec.slot,
            script.resolve(),
            self._page_environment(spec),
            ports=self._settings.ports,
            preferred_port=spec.preferred_port,
            config=self.config,
            app=spec.app is not None,
        )

    def _script(self, spec: UnitSpec) -> Path:
        """What the page runs. Raises UnitMissing."""
        if isinstance(spec.app, AppScript):
            return spec.app.path
        if spec.app is not None:
            raise UnitMissing(
                "The scenario's app is an image, and pages are processes here: only a stack in "
                "containers (`docker compose up`) can start it."
            )
        script = self._settings.page_script
        if not script.is_file():
            raise UnitMissing(
                f"There is no page script {script.name!r}; PLAYGROUND_PAGE_SCRIPT names it."
            )
        return script

    def _page_environment(self, spec: UnitSpec) -> dict[str, str]:
        if spec.app is not None:
            return self._environment
        return {
            **self._environment,
            "PLAYGROUND_CHAT_URL": spec.chat_url,
            "PLAYGROUND_SLOT_TOKEN": spec.token,
        }
