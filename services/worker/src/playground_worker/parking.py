"""Parking: a session gives its page back and keeps everything else; any use wakes it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from playground.clock import now
from playground.conversation.log import ConversationLog
from playground.sessions.model import Session, Status, Target
from playground.sessions.store import SessionStore
from playground_worker.pages import Pages

log = logging.getLogger(__name__)

_PARTING_S = 0.7
"""Between the word that a session is parked and its page's end: open tabs show the way back."""


class Parking:
    """Parks sessions. Everything may be repeated, and raises what Pages.give_back does."""

    def __init__(
        self,
        store: SessionStore,
        pages: Pages,
        conversations: ConversationLog,
        *,
        parkable_after_s: float,
    ) -> None:
        self._store = store
        self._pages = pages
        self._conversations = conversations
        self._parkable_after = timedelta(seconds=parkable_after_s)

    async def park(self, session_id: str) -> None:
        """Park a session whose target says so; who woke it meanwhile keeps it.

        Raises SessionNotFound.
        """
        await self._carry_out(session_id, _wanted_parked)

    async def park_unused(self, session: Session) -> None:
        """Park a session that is as it was seen: a use in the last moment keeps it."""
        await self._carry_out(session.id, _as_seen(session))

    async def make_room(self, owner: str | None) -> bool:
        """Take the place of the session that has been idle longest; *owner*'s only, if given.

        Its page is left to the janitor, which gives its open tabs a moment to say so.
        """
        sessions = sorted(await self._store.live(), key=idle_since)
        for session in sessions:
            if owner is not None and session.owner != owner:
                continue
            if await self.is_unused(session, self._parkable_after):
                after = await self._store.update(session.id, _as_seen(session))
                if after.status is Status.PARKED:
                    log.info("session %s is parked: its place is needed", session.id)
                    return True
        return False

    async def is_unused(self, session: Session, longer_than: timedelta) -> bool:
        """Nobody has used the ready session for so long, and no turn runs in it."""
        if session.status is not Status.READY or now() - idle_since(session) < longer_than:
            return False
        return not await self.is_in_turn(session)

    async def is_in_turn(self, session: Session) -> bool:
        """Whether somebody is being answered in it."""
        return (await self._conversations.state(session.id)).running_turn is not None

    async def _carry_out(self, session_id: str, change: Callable[[Session], Session]) -> None:
        left: list[Session] = []

        def parked(session: Session) -> Session:
            after = change(session)
            if after.status is Status.PARKED and session.status is Status.READY:
                left[:] = [session]
            return after

        await self._store.update(session_id, parked)
        if left:
            await asyncio.sleep(_PARTING_S)
            await self._pages.give_back(left[0].slot, left[0].handle, session_id=session_id)


def idle_since(session: Session) -> datetime:
    """When it was last used. Being made ready is a use: its person is about to see it."""
    return max(session.last_active_at, session.ready_at or session.last_active_at)


def _wanted_parked(session: Session) -> Session:
    """Parked, if that is still wanted and it is not on its way to a page."""
    waits_or_ready = session.status in (Status.READY, Status.QUEUED)
    return session.parked() if waits_or_ready and session.target is Target.PARKED else session


def _as_seen(seen: Session) -> Callable[[Session], Session]:
    def parked(session: Session) -> Session:
        same = (session.status, session.slot, session.last_active_at)
        if same != (Status.READY, seen.slot, seen.last_active_at):
            return session
        return session if session.target is Target.STOPPED else session.parked()

    return parked
