"""A session's way to its page and back: launch, stop, and a page that died.

Everything here may be repeated, by any process and at any moment. Each step first reads the
session as it is, and writes only if it has not moved meanwhile; whoever finds a session moved on
cleans up what it had begun itself and leaves the rest alone.
"""

import logging
from datetime import timedelta

from playground.clock import now
from playground.errors import CapacityReached, LaunchFailed
from playground.keys import Keys
from playground.sessions.claims import Claims
from playground.sessions.model import EndReason, Session, Status, Target
from playground.sessions.store import SessionStore
from playground_worker.allowances import Allowances
from playground_worker.launchers.protocol import Condition, UnitOutOfMemory, end_reason_of
from playground_worker.launching import Launching, MovedOn
from playground_worker.lease import Leases
from playground_worker.pages import Pages
from playground_worker.parking import Parking

log = logging.getLogger(__name__)

LEASE_MS = 3_000
CRASHES_ALLOWED = 3
CRASHES_WITHIN = timedelta(minutes=10)
QUEUE_PATIENCE = timedelta(seconds=120)
"""How long a session waits for a place that nobody gives up."""
_NO_PLACE = (
    "As many sessions as are allowed have a page, and none of them was idle for two minutes. "
    "Stop one, or raise PLAYGROUND_MAX_SESSIONS."
)


class Lifecycle:
    """Moves sessions to where they are wanted. May raise redis-py's errors; then it is repeated."""

    def __init__(
        self,
        *,
        store: SessionStore,
        leases: Leases,
        keys: Keys,
        pages: Pages,
        claims: Claims,
        parking: Parking,
        launching: Launching,
        allowances: Allowances,
    ) -> None:
        self._store = store
        self._leases = leases
        self._keys = keys
        self._pages = pages
        self._claims = claims
        self._parking = parking
        self._launching = launching
        self._allowances = allowances

    async def launch(self, session_id: str) -> None:
        """Bring a session that is queued, or whose launch was abandoned, to ready or to failed.

        One for which there is no place stays queued, for as long as QUEUE_PATIENCE.
        """
        key = self._keys.launch_lease(session_id)
        async with self._leases.held(key, ttl_ms=LEASE_MS) as ours:
            session = await self._store.find(session_id) if ours else None
            if session is None or session.status not in (Status.QUEUED, Status.STARTING):
                return
            # A launch that was cut short is finished also where the session is to be parked then.
            halfway = session.status is Status.STARTING and session.target is Target.PARKED
            if session.target is Target.READY or halfway:
                await self._place(session)
        await self._stop_if_unwanted(session_id)

    async def bound(self, session_id: str) -> None:
        """Make the waiting page that a session was given fit it, or replace one that has died.

        Raises SessionNotFound.
        """
        session = await self._store.get(session_id)
        if session.status is not Status.READY or session.handle is None:
            return
        condition = (await self._pages.inspect([session.handle]))[session.handle.slot]
        if not condition.alive:
            await self.page_died(session, condition)
            return
        allowance = await self._allowances.of(session.scenario)
        await self._pages.fit(session.handle, session.id, allowance)

    async def stop(self, session_id: str, reason: EndReason = EndReason.USER) -> None:
        """End a session: its page gone, its port free, its slot closed. Raises SessionNotFound."""

        def stopping(session: Session) -> Session:
            if session.status.ended or session.status is Status.STOPPING:
                return session
            kept = session.end_reason or reason
            return session.moved(Status.STOPPING, target=Target.STOPPED, end_reason=kept, url=None)

        session = await self._store.update(session_id, stopping)
        if session.status.ended:
            return
        await self._pages.give_back(session.slot, session.handle, session_id=session_id)
        await self._store.update(
            session_id,
            lambda s: s if s.status.ended else s.ended(Status.STOPPED, s.end_reason or reason),
        )

    async def page_died(self, session: Session, condition: Condition) -> None:
        """Launch a ready session whose page is gone again, or fail it if that happens too often."""

        def after_crash(found: Session) -> Session:
            if found.status is not Status.READY or found.slot != session.slot:
                return found
            crashes, moment = _crashes_lately(found) + 1, now()
            fields = {"crashes": crashes, "crashed_at": moment, "queued_at": moment}
            counted = found.model_copy(update=fields)
            if crashes < CRASHES_ALLOWED:
                return counted.moved(Status.QUEUED, url=None)
            error = _died_too_often(condition)
            return counted.ended(Status.FAILED, end_reason_of(error), error)

        after = await self._store.update(session.id, after_crash)
        log.warning("session %s: its page died (%s); it is %s", session.id, condition, after.status)
        if after.status is Status.FAILED:
            await self._pages.give_back(session.slot, session.handle, session_id=session.id)
        elif after.status is Status.QUEUED:
            await self.launch(session.id)

    async def _place(self, session: Session) -> None:
        try:
            # A page that crashed comes back at its own port, where open tabs look for it.
            if session.status is Status.QUEUED and session.handle is None:
                session = await self._claims.take(session.id)
                if session.status is Status.READY:
                    return await self.bound(session.id)
                if session.status is not Status.QUEUED:
                    return None
            await self._launching.launch(session)
        except MovedOn:
            log.info("session %s moved on before it was launched", session.id)
        except CapacityReached:
            await self._without_place(session)

    async def _without_place(self, session: Session) -> None:
        """Every place is taken: that of an idle session is given to this one at the next try."""
        owner = session.owner if await self._store.has_all_its_places(session.owner) else None
        if await self._parking.make_room(owner):
            return await self._place(session)
        if now() - (session.queued_at or session.created_at) < QUEUE_PATIENCE:
            return None
        error = CapacityReached(_NO_PLACE)

        def given_up(found: Session) -> Session:
            if found.status is not Status.QUEUED:
                return found
            return found.ended(Status.FAILED, EndReason.NO_CAPACITY, error)

        await self._store.update(session.id, given_up)
        return None

    async def _stop_if_unwanted(self, session_id: str) -> None:
        session = await self._store.find(session_id)
        if session and session.target is Target.STOPPED and not session.status.ended:
            await self.stop(session_id)


def _crashes_lately(session: Session) -> int:
    recent = session.crashed_at is not None and now() - session.crashed_at < CRASHES_WITHIN
    return session.crashes if recent else 0


def _died_too_often(condition: Condition) -> LaunchFailed:
    minutes = round(CRASHES_WITHIN.total_seconds() / 60)
    last = f" The last time {condition.cause}." if condition.cause else ""
    kind = UnitOutOfMemory if condition.out_of_memory else LaunchFailed
    return kind(f"The page ended by itself {CRASHES_ALLOWED} times within {minutes} minutes.{last}")
