"""A session's way to its page and back: launch, stop, and a page that died.

Everything here may be repeated, by any process and at any moment. Each step first reads the
session as it is, and writes only if it has not moved meanwhile; whoever finds a session moved on
cleans up what it had begun itself and leaves the rest alone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from redis.exceptions import RedisError

from playground.clock import now
from playground.errors import LaunchFailed, PlaygroundError
from playground.keys import Keys
from playground.sessions.model import EndReason, Handle, Launch, Session, Status, Target
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.launchers.protocol import (
    Launcher,
    LaunchTimeout,
    UnitDied,
    UnitSpec,
    end_reason_of,
)
from playground_worker.lease import Leases
from playground_worker.readiness import NotReadyYet, ScriptBroken, first_run

log = logging.getLogger(__name__)

LEASE_MS = 5_000
CRASHES_ALLOWED = 3
CRASHES_WITHIN = timedelta(minutes=10)
_LOOK_AGAIN_S = 0.05


Probe = Callable[[str, int], Awaitable[None]]
"""Returns once the page at that host and port is ready (readiness.first_run)."""


class MovedOn(Exception):
    """The session is no longer where this launch left it: somebody stopped it, or took it over."""


@dataclass(frozen=True)
class LaunchSettings:
    """What a launch needs to know besides its session."""

    chat_url: str
    page_host: str
    timeout_s: float


class Lifecycle:
    """Moves sessions to where they are wanted. May raise redis-py's errors; then it is repeated."""

    def __init__(
        self,
        *,
        store: SessionStore,
        slots: SlotStore,
        leases: Leases,
        keys: Keys,
        launcher: Launcher,
        settings: LaunchSettings,
        probe: Probe = first_run,
    ) -> None:
        self._store = store
        self._slots = slots
        self._leases = leases
        self._keys = keys
        self._launcher = launcher
        self._settings = settings
        self._probe = probe

    async def launch(self, session_id: str) -> None:
        """Bring a session that is queued, or whose launch was abandoned, to ready or to failed."""
        key = self._keys.launch_lease(session_id)
        async with self._leases.held(key, ttl_ms=LEASE_MS) as ours:
            session = await self._store.find(session_id) if ours else None
            if session is None or session.status not in (Status.QUEUED, Status.STARTING):
                return
            if session.target is Target.READY:
                await self._launch(session)
        await self._stop_if_unwanted(session_id)

    async def stop(self, session_id: str, reason: EndReason = EndReason.USER) -> None:
        """End a session: its page gone, its port free, its slot closed."""

        def stopping(session: Session) -> Session:
            if session.status.ended or session.status is Status.STOPPING:
                return session
            kept = session.end_reason or reason
            return session.moved(Status.STOPPING, target=Target.STOPPED, end_reason=kept, url=None)

        session = await self._store.update(session_id, stopping)
        if session.status.ended:
            return
        await self._give_back(session.slot, session.handle)
        await self._store.update(
            session_id,
            lambda s: s if s.status.ended else s.ended(Status.STOPPED, s.end_reason or reason),
        )

    async def page_died(self, session: Session, cause: str) -> None:
        """Launch a ready session whose page is gone again, or fail it if that happens too often."""

        def after_crash(found: Session) -> Session:
            if found.status is not Status.READY or found.slot != session.slot:
                return found
            crashes = _crashes_lately(found) + 1
            counted = found.model_copy(update={"crashes": crashes, "crashed_at": now()})
            if crashes >= CRASHES_ALLOWED:
                return counted.ended(Status.FAILED, EndReason.CRASHED, _crashed_too_often(cause))
            return counted.moved(Status.QUEUED, url=None)

        after = await self._store.update(session.id, after_crash)
        log.warning("session %s: its page died (%s); it is %s", session.id, cause, after.status)
        if after.status is Status.FAILED:
            await self._give_back(session.slot, session.handle)
        elif after.status is Status.QUEUED:
            await self.launch(session.id)

    async def _launch(self, found: Session) -> None:
        preferred_port = found.handle.data.get("port") if found.handle else None
        # What a launch that was cut short, or a page that crashed, has left.
        await self._give_back(found.slot, found.handle)
        slot = await self._slots.open(found.id)
        spec = UnitSpec(slot.id, slot.token, found.id, self._settings.chat_url, preferred_port)
        try:
            await self._store.update(found.id, lambda s: self._begun(s, found, slot.id))
            await self._attempt(spec)
        except MovedOn:
            log.info("session %s moved on while it was launched", found.id)
            await self._give_back(slot.id, None)
        except TimeoutError:
            late = LaunchTimeout(f"The page was not ready within {self._settings.timeout_s:g} s.")
            await self._fail(spec, late)
        except PlaygroundError as error:
            await self._fail(spec, error)
        except RedisError:
            raise
        except Exception:
            log.exception("session %s could not be launched", found.id)
            await self._fail(spec, LaunchFailed())

    async def _attempt(self, spec: UnitSpec) -> None:
        async with asyncio.timeout(self._settings.timeout_s):
            handle = await self._launcher.launch(spec)
            await self._update(spec, lambda s: s.model_copy(update={"handle": handle}))
            await self._until_ready(handle)
        await self._update(spec, lambda s: self._ready(s, handle))

    async def _until_ready(self, handle: Handle) -> None:
        while True:
            try:
                return await self._probe(handle.data["host"], handle.data["port"])
            except ScriptBroken as error:
                raise LaunchFailed(
                    "The page's script cannot be compiled; the session's log says where."
                ) from error
            except NotReadyYet as error:
                condition = (await self._launcher.inspect([handle]))[handle.slot]
                if not condition.alive:
                    cause = condition.cause or "the cause is not known"
                    raise UnitDied(f"The page ended while it was starting: {cause}.") from error
            await asyncio.sleep(_LOOK_AGAIN_S)

    def _begun(self, session: Session, found: Session, slot: str) -> Session:
        """The session as a launch takes it up, if it is still as found. Raises MovedOn."""
        as_found = (found.status, found.target, found.slot)
        if (session.status, session.target, session.slot) != as_found:
            raise MovedOn
        fields = {
            "slot": slot,
            "handle": None,
            "url": None,
            "launcher": self._launcher.name,
            "launch_started_at": now(),
        }
        if session.status is Status.STARTING:  # taken over from a worker that died
            return session.model_copy(update=fields)
        return session.moved(Status.STARTING, **fields)

    def _ready(self, session: Session, handle: Handle) -> Session:
        moment = now()
        begun = session.launch_started_at if session.crashes else session.created_at
        waited = moment - (begun or moment)
        return session.moved(
            Status.READY,
            url=f"http://{self._settings.page_host}:{handle.data['port']}/",
            ready_at=moment,
            launch=Launch(mode="cold", ms=round(waited.total_seconds() * 1000)),
        )

    async def _update(self, spec: UnitSpec, change: Callable[[Session], Session]) -> None:
        """Change the session if it is still where this launch left it. Raises MovedOn."""

        def if_ours(session: Session) -> Session:
            if session.status is not Status.STARTING or session.slot != spec.slot:
                raise MovedOn
            if session.target is not Target.READY:
                raise MovedOn
            return change(session)

        await self._store.update(spec.session_id, if_ours)

    async def _fail(self, spec: UnitSpec, error: PlaygroundError) -> None:
        log.warning("session %s failed: %s", spec.session_id, error.detail)
        try:
            reason = end_reason_of(error)
            await self._update(spec, lambda s: s.ended(Status.FAILED, reason, error))
        except MovedOn:
            pass
        await self._give_back(spec.slot, None)

    async def _stop_if_unwanted(self, session_id: str) -> None:
        session = await self._store.find(session_id)
        if session and session.target is Target.STOPPED and not session.status.ended:
            await self.stop(session_id)

    async def _give_back(self, slot: str | None, handle: Handle | None) -> None:
        """End what a slot has: a launch may have begun a unit without getting to say so."""
        if handle is None and slot is not None:
            handle = Handle(launcher=self._launcher.name, slot=slot)
        if handle is not None:
            await self._launcher.stop(handle)
        if slot is not None:
            await self._slots.close(slot)


def _crashes_lately(session: Session) -> int:
    recent = session.crashed_at is not None and now() - session.crashed_at < CRASHES_WITHIN
    return session.crashes if recent else 0


def _crashed_too_often(cause: str) -> LaunchFailed:
    minutes = round(CRASHES_WITHIN.total_seconds() / 60)
    last = f" The last time {cause}." if cause else ""
    return LaunchFailed(
        f"The page ended by itself {CRASHES_ALLOWED} times within {minutes} minutes.{last}"
    )
