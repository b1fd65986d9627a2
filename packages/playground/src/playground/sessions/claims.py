"""Claiming: giving a session one of the pages that wait, in a single step of Redis.

Used wherever a session comes to need a page: by the API for a new one, by every door for one that
is parked, by the worker for one that has had to queue.
"""

import random
from collections.abc import Callable
from datetime import datetime

from playground.clock import now
from playground.errors import CapacityReached
from playground.identifiers import new_id
from playground.sessions.model import Launch, Session, Status, Target
from playground.sessions.pool import PagePool, WaitingPage
from playground.sessions.store import SessionStore, SlotGone

MakeSession = Callable[[str], Session]
"""A new session of that id."""


class Claims:
    """Binds sessions to waiting pages. May raise redis-py's errors."""

    def __init__(self, store: SessionStore, pool: PagePool) -> None:
        self._store = store
        self._pool = pool

    async def new(self, make: MakeSession, *, idempotency_key: str | None = None) -> Session:
        """A new session: ready, on a page that waited; queued, where none does or none may be had.

        With a key that was used, the session that was made with it.
        """
        for page in await self._pages():
            session = make(page.session_id)
            if session.kind == "app":
                break
            try:
                return await self._store.create(
                    _bound(session, page, since=session.created_at),
                    idempotency_key=idempotency_key,
                    claims=True,
                )
            except SlotGone:
                continue
            except CapacityReached:
                break
        return await self._store.create(make(new_id("ses")), idempotency_key=idempotency_key)

    async def wake(self, session_id: str) -> Session:
        """A parked session on its way back: ready, or queued; one that is about to be parked stays.

        Any other as it is. Raises SessionNotFound.
        """
        session = await self.take(session_id)
        if session.target is not Target.PARKED:
            return session
        return await self._store.update(session_id, _awake)

    async def take(self, session_id: str) -> Session:
        """The session, on a page that waited where there is one. Raises SessionNotFound."""
        began = now()
        for page in await self._pages():
            try:
                return await self._store.update(session_id, _taking(page, began), claims=page.slot)
            except SlotGone:
                continue
            except CapacityReached:
                break
        return await self._store.get(session_id)

    async def _pages(self) -> list[WaitingPage]:
        """In an order of our own, so that those who claim at the same moment seldom collide."""
        pages = await self._pool.waiting()
        random.shuffle(pages)
        return pages


def _taking(page: WaitingPage, began: datetime) -> Callable[[Session], Session]:
    def taken(session: Session) -> Session:
        if not _wants_page(session):
            return session
        # Who queued has waited since then; who was parked waits from the moment it is woken.
        queued = session.status is Status.QUEUED
        return _bound(session, page, since=session.queued_at or began if queued else began)

    return taken


def _wants_page(session: Session) -> bool:
    if session.kind == "app":
        return False
    if session.status is Status.PARKED:
        return session.target is not Target.STOPPED
    return session.status is Status.QUEUED and session.target is Target.READY


def _bound(session: Session, page: WaitingPage, *, since: datetime) -> Session:
    moment = now()
    return session.moved(
        Status.READY,
        target=Target.READY,
        slot=page.slot,
        handle=page.handle,
        url=page.url,
        launcher=page.handle.launcher,
        ready_at=moment,
        last_active_at=moment,
        launch=Launch(mode="warm", ms=round((moment - since).total_seconds() * 1000)),
    )


def _awake(session: Session) -> Session:
    if session.target is not Target.PARKED:
        return session
    moment = now()
    if session.status is not Status.PARKED:
        return session.model_copy(update={"target": Target.READY, "last_active_at": moment})
    return session.moved(
        Status.QUEUED, target=Target.READY, queued_at=moment, last_active_at=moment
    )
