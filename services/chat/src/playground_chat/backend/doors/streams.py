"""What readers of a stream are told: of one turn, or of a conversation from a place in its log on.

Each door puts the same events into its own words: server-sent events (`sse`), WebSocket messages.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from playground.conversation.model import Entry, is_entry_id
from playground.errors import FieldError, InvalidRequest, PlaygroundError
from playground_chat.backend.doors.desk import Desk
from playground_chat.backend.engine.turns import Running
from playground_http.sse import event

SHOWN = frozenset({"token", "tool_start", "tool_end", "warning", "error", "done"})
"""The kinds of entries that clients of a stream are sent (contract §6)."""


@dataclass(frozen=True)
class Told:
    """One event as every door tells it. `id` is its place in the log; none if it has no place."""

    kind: str
    data: str
    id: str | None = None

    @property
    def value(self) -> Any:
        """The data as a JSON value: texts as they are, everything else parsed."""
        return self.data if self.kind in ("token", "done") else json.loads(self.data)


async def sse(told: AsyncGenerator[list[Told]]) -> AsyncGenerator[bytes]:
    """*told* as server-sent events."""
    async with aclosing(told) as batches:
        async for batch in batches:
            yield b"".join(event(one.kind, one.data, one.id) for one in batch)


async def one_by_one(told: AsyncGenerator[list[Told]]) -> AsyncGenerator[Told]:
    """*told*, for doors that send each event by itself."""
    async with aclosing(told) as batches:
        async for batch in batches:
            for one in batch:
                yield one


async def turn_events(desk: Desk, running: Running) -> AsyncGenerator[list[Told]]:
    """What happens in one turn, to its `done`: at each step all that is there to be told.

    A turn whose end the log could not take (a full disk) is told its end here, without an id: a
    reader that comes back with the last id it has gets the end that the log has by then.
    """
    question = running.question
    lost = asyncio.create_task(_lost_end(running))
    following = desk.tail.batches(question.conversation_id, question.entry_id, until=lost)
    try:
        async with aclosing(following) as batches:
            async for batch in batches:
                mine = [
                    _told(entry)
                    for entry in batch
                    if entry.turn == question.message.turn and entry.kind in SHOWN
                ]
                if mine:
                    yield mine
                    if mine[-1].kind == "done":
                        return
        problem = (await lost).problem(question.request_id)
        yield [Told("error", json.dumps(problem)), Told("done", question.conversation_id)]
    finally:
        lost.cancel()


async def _lost_end(running: Running) -> PlaygroundError:
    """Why the log could not take the turn's end; where it could, this waits for ever."""
    ended = await running.wait()
    while ended.turns is not None or ended.error is None:
        await asyncio.Event().wait()
    return ended.error


async def events_since(desk: Desk, conversation_id: str, cursor: str) -> AsyncGenerator[list[Told]]:
    """What follows *cursor*, to the `done` after which the log has nothing more."""
    following = desk.tail.batches(conversation_id, cursor)
    async with aclosing(following) as batches:
        async for batch in batches:
            end = batch[-1]
            # Asked before the reader knows of the end, and so before it can begin another turn.
            last = end.kind == "done" and await _is_last(desk, conversation_id, end)
            if shown := [_told(entry) for entry in batch if entry.kind in SHOWN]:
                yield shown
            if last:
                return


async def start_of_stream(desk: Desk, conversation_id: str, last_seen: str | None) -> str | None:
    """The id from which a reader is to be sent events, or None if there is nothing to send.

    Without *last_seen* that is the start of the running turn. An id that lies in the future (of a
    log that is gone) counts as the newest one, so that its reader does not wait for ever.
    """
    newest = await desk.history.last_entry_id(conversation_id)
    # Read after the newest id: whatever runs now ends after that, so a reader meets its `done`.
    running = await desk.history.running_turn_start(conversation_id)
    if last_seen is None:
        return running
    cursor = min(last_seen, newest, key=_order)
    if running is not None:
        return cursor
    missed = await desk.history.entries(conversation_id, after=cursor)
    return cursor if any(entry.kind in SHOWN for entry in missed) else None


def checked_entry_id(value: str | None, *, field: str = "Last-Event-ID") -> str | None:
    """*value* if it is an id as events carry it, or nothing. Raises InvalidRequest."""
    if not value:
        return None
    if is_entry_id(value):
        return value
    raise InvalidRequest(
        f"{field} is not an id of this stream.",
        errors=(FieldError(field, "use the id of the last event that arrived"),),
    )


async def _is_last(desk: Desk, conversation_id: str, entry: Entry) -> bool:
    return await desk.history.last_entry_id(conversation_id) == entry.id


def _told(entry: Entry) -> Told:
    return Told(entry.kind, entry.data, entry.id)


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence)
