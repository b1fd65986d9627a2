"""A page from its unit to its readiness, and back: for cold launches and for the pool."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from redis.exceptions import RedisError

from playground.errors import LaunchFailed, PlaygroundError
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Handle
from playground.sessions.slots import SlotStore
from playground_worker.edge_routes import EdgeRoutes
from playground_worker.launchers.protocol import (
    FOREIGN,
    LOG_LINES,
    Allowance,
    AppAddress,
    Condition,
    Launcher,
    LauncherAway,
    LaunchTimeout,
    UnitDied,
    UnitOutOfMemory,
    UnitSpec,
)
from playground_worker.readiness import NotReadyYet, ScriptBroken, app_runs, first_run

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 0.05
_ASK_AGAIN_S = 0.5
_LOG_KEPT_S = 86_400
_READ_LOG_WITHIN_S = 2.0

Probe = Callable[[str, int], Awaitable[None]]
"""Returns once the page at that host and port is ready (readiness.first_run)."""
OnUnit = Callable[[Handle], Awaitable[object]]
"""Called as soon as the unit exists, before it is ready. What it raises ends the launch."""


@dataclass(frozen=True)
class LaunchSettings:
    """What a launch needs to know besides its session."""

    chat_url: str
    page_host: str
    timeout_s: float
    public_url: str = "http://127.0.0.1:8080"


class Pages:
    """Makes pages and gives them back. Methods may raise redis-py's errors."""

    def __init__(
        self,
        *,
        redis: Redis,
        keys: Keys,
        slots: SlotStore,
        launcher: Launcher,
        routes: EdgeRoutes,
        settings: LaunchSettings,
        probe: Probe = first_run,
        app_probe: Probe = app_runs,
    ) -> None:
        self._redis = redis
        self._keys = keys
        self._slots = slots
        self._routes = routes
        self._settings = settings
        self._probe = probe
        self._app_probe = app_probe
        self.launcher = launcher
        self.chat_url = settings.chat_url

    async def make(self, spec: UnitSpec, on_unit: OnUnit) -> Handle:
        """A page that has run its script once. Raises LaunchFailed or NoCapacity."""
        if isinstance(spec.app, AppAddress):
            handle = Handle(launcher=FOREIGN, slot=spec.slot, data={"url": spec.app.url})
            await on_unit(handle)
            return handle
        away: LauncherAway | None = None
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                while True:
                    try:
                        return await self._attempt(spec, on_unit)
                    except LauncherAway as error:  # it may come back, as after its restart
                        away = error
                        await self._begun_afresh(spec.slot)
        except TimeoutError:
            late = f"The page was not ready within {self._settings.timeout_s:g} s."
            raise LaunchTimeout(f"{late} {away.detail}" if away else late) from away

    def address(self, handle: Handle, *, app: bool = False) -> str:
        """Where a browser finds the page: an app's below the public address, by its slot."""
        if app:
            return f"{self._settings.public_url.rstrip('/')}/s/{handle.slot}/"
        return f"http://{self._settings.page_host}:{handle.data['published']}/"

    async def give_back(
        self, slot: str | None, handle: Handle | None, *, session_id: str | None = None
    ) -> None:
        """End what a slot has: a launch may have begun a unit without getting to say so.

        The end of a session's page log is kept for its readers.
        """
        if handle is None and slot is not None:
            handle = Handle(launcher=self.launcher.name, slot=slot)
        if handle is not None:
            if session_id is not None:
                await self._keep_log(handle, session_id)
            if handle.launcher != FOREIGN:
                await self.launcher.stop(handle)
        if slot is not None:
            await self._routes.close(slot)
            await self._slots.close(slot)

    async def inspect(self, handles: Sequence[Handle]) -> Mapping[str, Condition]:
        """How the units are, by slot. An app that we did not start is left to itself."""
        ours = [handle for handle in handles if handle.launcher != FOREIGN]
        foreign = {h.slot: Condition(alive=True) for h in handles if h.launcher == FOREIGN}
        return {**foreign, **await self.launcher.inspect(ours)}

    async def memory(self, handles: Sequence[Handle]) -> Mapping[str, int]:
        """The bytes that our units among these hold, by slot."""
        return await self.launcher.memory([h for h in handles if h.launcher != FOREIGN])

    async def fit(self, handle: Handle, session_id: str, allowance: Allowance) -> None:
        """Make a page that waited fit its session. Raises LaunchFailed."""
        if handle.launcher != FOREIGN:
            await self.launcher.fit(handle, session_id, allowance)

    async def _attempt(self, spec: UnitSpec, on_unit: OnUnit) -> Handle:
        handle = await self.launcher.launch(spec)
        await on_unit(handle)
        await self._routes.open(
            handle, app=spec.app is not None, mcp_server_port=spec.mcp_server_port
        )
        await self._until_ready(handle, self._app_probe if spec.app else self._probe)
        return handle

    async def _begun_afresh(self, slot: str) -> None:
        """Wait a moment, and remove what a launch that was cut short may have left."""
        while True:
            await asyncio.sleep(_ASK_AGAIN_S)
            try:
                return await self.launcher.stop(Handle(launcher=self.launcher.name, slot=slot))
            except LauncherAway:
                continue

    async def _until_ready(self, handle: Handle, probe: Probe) -> None:
        while True:
            try:
                return await probe(handle.data["host"], handle.data["port"])
            except ScriptBroken as error:
                raise LaunchFailed(str(error)) from error
            except NotReadyYet as error:
                condition = (await self.inspect([handle]))[handle.slot]
                if not condition.alive:
                    cause = condition.cause or "the cause is not known"
                    kind = UnitOutOfMemory if condition.out_of_memory else UnitDied
                    raise kind(f"The page ended while it was starting: {cause}.") from error
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _keep_log(self, handle: Handle, session_id: str) -> None:
        if handle.launcher == FOREIGN:
            return
        try:
            async with asyncio.timeout(_READ_LOG_WITHIN_S):
                text = await self.launcher.read_log(handle, LOG_LINES)
                if text:
                    key = self._keys.page_log(session_id)
                    await cast(Awaitable[object], self._redis.set(key, text, ex=_LOG_KEPT_S))
        except (PlaygroundError, RedisError, TimeoutError) as error:
            log.info("the log of %s is not kept: %s", handle.slot, error)
