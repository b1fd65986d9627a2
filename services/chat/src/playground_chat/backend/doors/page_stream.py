"""What a page is sent: every entry of its conversation, and its session whenever that changes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from playground.conversation.model import Entry, Message
from playground.models import note_on
from playground.sessions.model import Session
from playground_chat.backend.doors.desk import Desk
from playground_http.sse import event

_NAMES = {
    "turn": "message",
    "sources": "sources",
    "tool_start": "tool",
    "tool_end": "tool",
    "warning": "warning",
    "error": "problem",
}
"""What the data of an entry is called, by its kind."""


async def page_events(desk: Desk, session_id: str, after: str) -> AsyncIterator[bytes]:
    """Entries that follow *after* and changes of the session, as they come, for ever."""
    waiting: asyncio.Queue[bytes] = asyncio.Queue(maxsize=100)
    tasks = [
        asyncio.create_task(_put_entries(desk, session_id, after, waiting)),
        asyncio.create_task(_put_changes(desk, session_id, waiting)),
    ]
    try:
        while True:
            yield await waiting.get()
    finally:
        for task in tasks:
            task.cancel()


async def _put_entries(
    desk: Desk, session_id: str, after: str, waiting: asyncio.Queue[bytes]
) -> None:
    async for entry in desk.tail.follow(session_id, after):
        await waiting.put(_of_entry(entry))


async def _put_changes(desk: Desk, session_id: str, waiting: asyncio.Queue[bytes]) -> None:
    while True:  # the hand-out drops a listener that is too slow; it then listens anew
        newest = await desk.changes.newest_id()
        session = await desk.sessions.find(session_id)
        if session is not None:  # what has changed since the page was given its picture
            await waiting.put(_event("session", session_of_page(session)))
        async for change in desk.changes.follow(newest):
            if change.session["id"] == session_id:
                data = {**change.session, "revision": change.revision}
                await waiting.put(_event("session", data))


def session_of_page(session: Session) -> dict[str, Any]:
    """A session as its page is told of it: `revision` tells the page which of two is the newer."""
    return {**session.public(), "revision": session.revision}


def message_of_page(message: Message) -> dict[str, Any]:
    """A message as a page shows it: `note` says what to know of the model that answered."""
    shown = message.public()
    note = note_on(message.model) if message.model else None
    return {**shown, "note": note} if note else shown


def _of_entry(entry: Entry) -> bytes:
    data: dict[str, Any] = {"turn": entry.turn}
    if entry.kind == "token":
        data["text"] = entry.data
    elif entry.kind == "done":
        data["message"] = message_of_page(entry.message) if entry.message else None
    else:
        data[_NAMES.get(entry.kind, "data")] = json.loads(entry.data)
    return _event(entry.kind, data, entry.id)


def _event(kind: str, data: dict[str, Any], entry_id: str | None = None) -> bytes:
    return event(kind, json.dumps(data), entry_id)
