"""A cold launch: a page made for one session, which waits for it."""

import logging
from collections.abc import Callable
from dataclasses import replace

from redis.exceptions import RedisError

from playground.clock import now
from playground.errors import LaunchFailed, PlaygroundError
from playground.sessions.model import Handle, Launch, Session, Status, Target
from playground.sessions.queueing import Queueing
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.allowances import Allowances
from playground_worker.apps import Apps
from playground_worker.launchers.protocol import UnitSpec, end_reason_of
from playground_worker.pages import Pages

log = logging.getLogger(__name__)


class MovedOn(Exception):
    """The session is no longer where this launch left it: somebody stopped it, or took it over."""


class Launching:
    """Launches under a lease that the caller holds. May raise redis-py's errors."""

    def __init__(
        self,
        store: SessionStore,
        slots: SlotStore,
        pages: Pages,
        queueing: Queueing,
        allowances: Allowances,
        apps: Apps,
    ) -> None:
        self._store = store
        self._slots = slots
        self._pages = pages
        self._queueing = queueing
        self._allowances = allowances
        self._apps = apps

    async def launch(self, found: Session) -> None:
        """Bring the session, as it was found, to ready or to failed.

        Raises MovedOn and CapacityReached before anything is begun.
        """
        preferred_port = found.handle.data.get("published") if found.handle else None
        # What a launch that was cut short, or a page that crashed, has left.
        await self._pages.give_back(found.slot, found.handle, session_id=found.id)
        slot = await self._slots.open(found.id)
        spec = UnitSpec(
            slot.id,
            slot.token,
            found.id,
            self._pages.chat_url,
            await self._allowances.of(found.scenario),
            preferred_port,
        )
        try:
            await self._store.update(found.id, lambda s: self._begun(s, found, slot.id))
        except BaseException:
            await self._slots.close(slot.id)
            raise
        try:
            beside = self._apps.mcp_server_port(found)
            spec = replace(spec, app=self._apps.of(found), mcp_server_port=beside)
            handle = await self._pages.make(spec, lambda h: self._note_unit(spec, h))
            session = await self._update(spec, lambda s: self._ready(s, handle))
            await self._queueing.note_launch(_launch_ms(session))
        except MovedOn:
            log.info("session %s moved on while it was launched", found.id)
            await self._pages.give_back(slot.id, None)
        except PlaygroundError as error:
            await self._fail(spec, error)
        except RedisError:
            raise
        except Exception:
            log.exception("session %s could not be launched", found.id)
            await self._fail(spec, LaunchFailed())

    async def _note_unit(self, spec: UnitSpec, handle: Handle) -> Session:
        return await self._update(spec, lambda s: s.model_copy(update={"handle": handle}))

    def _begun(self, session: Session, found: Session, slot: str) -> Session:
        """The session as a launch takes it up, if it is still as found. Raises MovedOn."""
        as_found = (found.status, found.target, found.slot)
        if (session.status, session.target, session.slot) != as_found:
            raise MovedOn
        fields = {
            "slot": slot,
            "handle": None,
            "url": None,
            "launcher": self._pages.launcher.name,
            "launch_started_at": now(),
        }
        if session.status is Status.STARTING:  # taken over from a worker that died
            return session.model_copy(update=fields)
        return session.moved(Status.STARTING, **fields)

    def _ready(self, session: Session, handle: Handle) -> Session:
        moment = now()
        begun = session.launch_started_at if session.crashes else session.queued_at
        waited = moment - (begun or session.created_at)
        return session.moved(
            Status.READY,
            url=self._pages.address(handle, app=session.kind == "app"),
            ready_at=moment,
            launch=Launch(mode="cold", ms=round(waited.total_seconds() * 1000)),
        )

    async def _update(self, spec: UnitSpec, change: Callable[[Session], Session]) -> Session:
        """Change the session if it is still where this launch left it. Raises MovedOn."""

        def if_ours(session: Session) -> Session:
            if session.status is not Status.STARTING or session.slot != spec.slot:
                raise MovedOn
            if session.target is Target.STOPPED:
                raise MovedOn
            return change(session)

        return await self._store.update(spec.session_id, if_ours)

    async def _fail(self, spec: UnitSpec, error: PlaygroundError) -> None:
        log.warning("session %s failed: %s", spec.session_id, error.detail)
        try:
            reason = end_reason_of(error)
            await self._update(spec, lambda s: s.ended(Status.FAILED, reason, error))
        except MovedOn:
            pass
        await self._pages.give_back(spec.slot, None, session_id=spec.session_id)


def _launch_ms(session: Session) -> int:
    begun = session.launch_started_at or session.created_at
    return round(((session.ready_at or begun) - begun).total_seconds() * 1000)
