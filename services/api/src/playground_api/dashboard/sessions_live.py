"""The list of sessions as it changes: rows of HTML over SSE."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing

from redis.exceptions import RedisError

from playground.errors import SessionNotFound, SessionUnreadable
from playground.sessions.changes import Change
from playground.sessions.model import Session
from playground_api.dashboard.news import News
from playground_api.dashboard.rendering import html
from playground_api.dashboard.session_list import Listing, SessionList, Wanted
from playground_api.dashboard.session_rows import RowTexts
from playground_http.sse import event

log = logging.getLogger(__name__)

EVENT = "rows"
_PACE_S = 0.1
MEMORY_EVERY_S = 5.0


class _Shown:
    """What stands in one reader's list, and how it is changed."""

    def __init__(self, lists: SessionList, wanted: Wanted, listing: Listing) -> None:
        self._lists = lists
        self._wanted = wanted
        self._ids = {row.session.id for row in listing.rows}
        self._memory = {row.session.id: row.memory_bytes for row in listing.rows}
        created = [row.session.created_at for row in listing.rows]
        self._newest = max(created) if created else None

    async def changed(self, session_ids: Iterable[str]) -> str:
        """The rows of these sessions as they are now."""
        return "".join([await self._row(session_id) for session_id in session_ids])

    async def memory(self) -> str:
        """What pages hold now, where that has changed."""
        held = await self._lists.memory()
        changed = {i: held.get(i) for i in self._ids if held.get(i) != self._memory.get(i)}
        self._memory |= changed
        return html("swap_memory.html", memory=changed) if changed else ""

    async def _row(self, session_id: str) -> str:
        try:
            session = await self._lists.control.get(session_id)
        except (SessionNotFound, SessionUnreadable):  # somebody else's, forgotten, broken
            return self._gone(session_id)
        if not self._wanted.fits(session):
            return self._gone(session_id)
        known = session_id in self._ids
        if not known and not self._belongs_on_top(session):
            return ""
        self._ids.add(session_id)
        return html("swap_row.html", row=await self._lists.row(session), known=known)

    def _gone(self, session_id: str) -> str:
        if session_id not in self._ids:
            return ""
        self._ids.discard(session_id)
        return html("swap_row_gone.html", session_id=session_id)

    def _belongs_on_top(self, session: Session) -> bool:
        """Whether it is new to the list's first page: made since, or of the wanted status since."""
        if self._wanted.cursor is not None:
            return False
        is_newer = self._newest is None or session.created_at >= self._newest
        return is_newer or self._wanted.status is not None


async def live_rows(
    lists: SessionList, texts: RowTexts, wanted: Wanted, seen: str | None
) -> AsyncGenerator[bytes]:
    """The whole list where something changed since *seen*; then each change."""
    changes = lists.control.changes
    start = await changes.newest_id()
    listing = await lists.read(wanted)
    if seen != start:
        whole = html("swap_rows.html", rows=listing.rows, texts=texts, narrowed=wanted.narrowed)
        yield event(EVENT, whole, start)
    shown, news = _Shown(lists, wanted, listing), News[Change]()

    async def follow() -> None:
        async with aclosing(changes.follow(start)) as following:
            async for change in following:
                news.put([change])
        news.end()  # too many at once: the reader comes back and begins anew

    following = asyncio.create_task(follow(), name="live rows")
    try:
        while (taken := await news.next(MEMORY_EVERY_S)) is not None:
            text = await (shown.changed(_latest(taken)) if taken else shown.memory())
            if text:
                yield event(EVENT, text, taken[-1].id if taken else None)
            await asyncio.sleep(_PACE_S)
    except RedisError as error:
        log.info("a list of sessions is left; its reader comes back: %s", error)
    finally:
        following.cancel()


def _latest(changes: Iterable[Change]) -> Mapping[str, None]:
    """The sessions that changed, each once, in the order of their last change."""
    found: dict[str, None] = {}
    for change in changes:
        found.pop(change.session["id"], None)
        found[change.session["id"]] = None
    return found
