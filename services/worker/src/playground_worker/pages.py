"""A page from its unit to its readiness, and back: for cold launches and for the pool."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
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
    LOG_LINES,
    Launcher,
    LauncherAway,
    LaunchTimeout,
    UnitDied,
    UnitOutOfMemory,
    UnitSpec,
)
from playground_worker.readiness import NotReadyYet, ScriptBroken, first_run

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
    ) -> None:
        self._redis = redis
        self._keys = keys
        self._slots = slots
        self._routes = routes
        self._settings = settings
        self._probe = probe
        self.launcher = launcher
        self.chat_url = settings.chat_url

    async def make(self, spec: UnitSpec, on_unit: OnUnit) -> Handle:
        """A page that has run its script once. Raises LaunchFailed or NoCapacity."""
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

    def address(self, handle: Handle) -> str:
        """Where a browser finds the page."""
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
            await self.launcher.stop(handle)
        if slot is not None:
            await self._routes.close(slot)
            await self._slots.close(slot)

    async def _attempt(self, spec: UnitSpec, on_unit: OnUnit) -> Handle:
        handle = await self.launcher.launch(spec)
        await on_unit(handle)
        await self._routes.open(handle)
        await self._until_ready(handle)
        return handle

    async def _begun_afresh(self, slot: str) -> None:
        """Wait a moment, and remove what a launch that was cut short may have left."""
        while True:
            await asyncio.sleep(_ASK_AGAIN_S)
            try:
                return await self.launcher.stop(Handle(launcher=self.launcher.name, slot=slot))
            except LauncherAway:
                continue

    async def _until_ready(self, handle: Handle) -> None:
        while True:
            try:
                return await self._probe(handle.data["host"], handle.data["port"])
            except ScriptBroken as error:
                raise LaunchFailed(
                    "The page's script cannot be compiled; the session's log says where."
                ) from error
            except NotReadyYet as error:
                condition = (await self.launcher.inspect([handle]))[handle.slot]
                if not condition.alive:
                    cause = condition.cause or "the cause is not known"
                    kind = UnitOutOfMemory if condition.out_of_memory else UnitDied
                    raise kind(f"The page ended while it was starting: {cause}.") from error
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _keep_log(self, handle: Handle, session_id: str) -> None:
        try:
            async with asyncio.timeout(_READ_LOG_WITHIN_S):
                text = await self.launcher.read_log(handle, LOG_LINES)
                if text:
                    key = self._keys.page_log(session_id)
                    await cast(Awaitable[object], self._redis.set(key, text, ex=_LOG_KEPT_S))
        except (PlaygroundError, RedisError, TimeoutError) as error:
            log.info("the log of %s is not kept: %s", handle.slot, error)
