"""What is wanted of sessions: written to the store, handed to the worker, and waited for."""

import hashlib
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from redis.exceptions import RedisError

from playground.errors import SessionNotFound, TooLarge
from playground.identifiers import new_id
from playground.library.scenarios import Scenarios
from playground.principal import Principal
from playground.scenarios.model import Scenario
from playground.sessions.changes import SessionChanges
from playground.sessions.claims import Claims
from playground.sessions.model import Session, Status, Target, new_session
from playground.sessions.queueing import Queueing
from playground.sessions.store import Page, SessionStore
from playground_api.job_queue import JobQueue
from playground_api.json_values import size_of
from playground_api.metrics import LaunchMetrics
from playground_api.requests import NewSession, SessionPatch

log = logging.getLogger(__name__)

MAX_CONTEXT_BYTES = 256 * 1024


def settled(session: Session) -> bool:
    """Whether a launch is over: the page is ready, or nobody makes one any more."""
    ended = session.status.ended or session.target is Target.STOPPED
    return ended or session.status in (Status.READY, Status.PARKED)


@dataclass(frozen=True)
class Asked:
    """The session that a request is answered with; not `fresh` where an earlier one had made it."""

    session: Session
    fresh: bool


@dataclass(frozen=True)
class Control:
    """The sessions of one principal.

    Methods may raise PlaygroundError and redis-py's errors; each may be repeated.
    """

    library: Scenarios
    store: SessionStore
    claims: Claims
    queueing: Queueing
    changes: SessionChanges
    queue: JobQueue
    metrics: LaunchMetrics
    principal: Principal
    default_model: str

    async def launch(self, wanted: NewSession, *, idempotency_key: str | None = None) -> Asked:
        """A new session, ready or on its way; with a key that was used, that of its first use."""
        made: set[str] = set()

        def make(session_id: str) -> Session:
            made.add(session_id)
            return prepared.model_copy(update={"id": session_id})

        began = time.monotonic()
        prepared = await self._session(wanted)
        kept = await self.claims.new(make, idempotency_key=_short(idempotency_key))
        if kept.id not in made:
            return Asked(kept, fresh=False)
        self.metrics.asked(kept, began)
        self._follow_up(kept)
        return Asked(kept, fresh=True)

    async def launch_made(
        self, session: Session, began: float, *, idempotency_key: str | None = None
    ) -> Asked:
        """*session*, which was made under an id of its own, ready or on its way; or as `launch`."""
        kept = await self.store.create(session, idempotency_key=_short(idempotency_key))
        if kept.id != session.id:
            return Asked(kept, fresh=False)
        placed = await self.claims.take(session.id)
        self.metrics.asked(placed, began)
        self._follow_up(placed)
        return Asked(placed, fresh=True)

    async def resume(self, session_id: str) -> Session:
        """The session, woken if it is parked; the answer may come before its page does.

        Raises SessionEnded.
        """
        session = (await self.get(session_id)).require_open()
        if session.target is not Target.PARKED:
            return session
        woken = await self.claims.wake(session_id)
        self._follow_up(woken)
        return woken

    async def park(self, session_id: str, wait_s: float) -> Session:
        """The session once it is parked, or as it is when the time is up. Raises SessionEnded."""

        def unneeded(session: Session) -> Session:
            if self._own(session).require_open().target is Target.PARKED:
                return session
            return session.model_copy(update={"target": Target.PARKED})

        session = await self.store.update(session_id, unneeded)
        if session.status is Status.PARKED:
            return session
        self.queue.park(session_id)
        return await self._waited(session, lambda s: s.status is Status.PARKED, wait_s)

    def _follow_up(self, session: Session) -> None:
        """Ask the worker for what is left to do."""
        if session.status is Status.READY:
            self.queue.follow_up_claim(session.id)
        elif session.status is Status.QUEUED:
            self.queue.launch(session.id)

    async def _session(self, wanted: NewSession) -> Session:
        scenario = await self.library.get(wanted.scenario)
        if size_of(wanted.context) > MAX_CONTEXT_BYTES:
            raise TooLarge(f"context is larger than {MAX_CONTEXT_BYTES:,} bytes.")
        return new_session(
            session_id=new_id("ses"),
            principal=self.principal,
            scenario=scenario.name,
            kind=scenario.kind,
            title=wanted.title or scenario.title,
            model=wanted.model or scenario.model or self.default_model,
            temperature=wanted.temperature,
            inputs=scenario.checked_inputs(wanted.inputs),
            context=wanted.context,
        )

    async def get(self, session_id: str) -> Session:
        """The session, if it is the principal's. Raises SessionNotFound."""
        return self._own(await self.store.get(session_id))

    async def shown(self, *sessions: Session) -> list[Session]:
        """The same, those that wait with their place in the queue; as they are without Redis."""
        try:
            return await self.queueing.placed_in_line(sessions)
        except RedisError:
            return list(sessions)

    async def page(
        self,
        *,
        status: Status | None = None,
        scenarios: Collection[str] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """The principal's sessions, newest first."""
        found = await self.store.page(
            owner=self.principal.name,
            status=status,
            scenarios=scenarios,
            limit=limit,
            cursor=cursor,
        )
        return replace(found, items=await self.shown(*found.items))

    async def settled(self, session: Session, wait_s: float) -> Session:
        """The session once its launch is over, or as it is when the time is up."""
        return await self._waited(session, settled, wait_s)

    async def change(self, session_id: str, patch: SessionPatch) -> Session:
        """The session with what *patch* gives. An ended one may still be renamed."""

        asks = await self._asks_for(session_id) if patch.inputs is not None else None

        def changed(session: Session) -> Session:
            given = patch.given
            if set(given) - {"title"}:
                self._own(session).require_open()
            if patch.inputs is not None and asks is not None:
                kept = {i.key for i in asks.inputs} & set(session.inputs)
                inputs = {key: session.inputs[key] for key in kept} | patch.inputs
                given["inputs"] = asks.checked_inputs(inputs)
            return self._own(session).model_copy(update=given) if given else session

        return await self.store.update(session_id, changed)

    async def _asks_for(self, session_id: str) -> Scenario | None:
        """The scenario whose inputs an open session may change; an ended one is refused later."""
        session = await self.get(session_id)
        return None if session.status.ended else await self.library.get(session.scenario)

    async def stop(self, session_id: str, wait_s: float) -> Session:
        """The session once it has ended, or as it is when the time is up."""

        def unwanted(session: Session) -> Session:
            if self._own(session).status.ended or session.target is Target.STOPPED:
                return session
            return session.model_copy(update={"target": Target.STOPPED})

        session = await self.store.update(session_id, unwanted)
        if session.status.ended:
            return session
        self.queue.stop(session_id)
        return await self._waited(session, lambda s: s.status.ended, wait_s)

    async def _waited(
        self, session: Session, until: Callable[[Session], bool], wait_s: float
    ) -> Session:
        """Waiting is a courtesy: what was asked for is kept, so a Redis that goes away meanwhile
        does not turn the answer into a failure."""
        if wait_s <= 0 or until(session):
            return session
        try:
            return await self.changes.wait_for(
                lambda: self.store.get(session.id), until, timeout_s=wait_s
            )
        except RedisError as error:
            log.warning("stopped waiting for %s: Redis: %s", session.id, error)
            return session

    def _own(self, session: Session) -> Session:
        if session.owner != self.principal.name:
            raise SessionNotFound(f"There is no session {session.id!r}.")
        return session


def _short(idempotency_key: str | None) -> str | None:
    """The key, however long and strange, as part of a name."""
    return hashlib.sha256(idempotency_key.encode()).hexdigest() if idempotency_key else None
