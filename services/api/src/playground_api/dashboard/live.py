"""The list of sessions as it changes: rows of HTML over SSE."""

from collections.abc import AsyncGenerator

from playground.errors import SessionNotFound
from playground_api.control import Control
from playground_api.dashboard.pages import Pages
from playground_http.sse import event

EVENT = "rows"


async def live_rows(control: Control, pages: Pages) -> AsyncGenerator[bytes]:
    """The whole list first, so that a browser that was away misses nothing; then each change."""
    start = await control.changes.newest_id()
    text, known = await pages.all_rows_swapped()
    yield event(EVENT, text)
    async for change in control.changes.follow(start):
        try:
            session = await control.get(change.session["id"])
        except SessionNotFound:  # somebody else's, or forgotten since
            continue
        (session,) = await control.shown(session)
        yield event(EVENT, pages.row_swapped(session, known=session.id in known))
        known.add(session.id)
