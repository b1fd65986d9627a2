"""Following a conversation as it grows: one source per conversation and process, any listeners.

Where this process writes the running turn itself, listeners are handed each entry as soon as the
log has it; what others write is read from the log.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from redis.exceptions import RedisError

from playground.conversation.history import ConversationHistory
from playground.conversation.model import Entry
from playground.conversation.reading import LogReader
from playground.keys import Keys
from playground.redis_connection import Redis

log = logging.getLogger(__name__)

BACKLOG = 2_000
"""How many entries wait for a listener before it is left to read them from the log by itself."""
_PAUSE_S = 0.05
"""Before the reader takes over from a turn that has ended: most listeners leave with its end."""


class _Listener:
    """The entries that wait for one listener. Only the newest stretch is kept in here."""

    def __init__(self) -> None:
        self._waiting: list[Entry] = []
        self._news = asyncio.Event()
        self._ended = False

    def put(self, entries: Sequence[Entry]) -> bool:
        """Add *entries*; False where they are too many, and the listener has to start over."""
        if len(self._waiting) + len(entries) > BACKLOG:
            self._waiting.clear()
            self.end()
        else:
            self._waiting.extend(entries)
            self._news.set()
        return not self._ended

    def end(self) -> None:
        """Nothing more comes."""
        self._ended = True
        self._news.set()

    async def take(self) -> list[Entry]:
        """All that waits, once something does; nothing at the end."""
        if not self._waiting and not self._ended:
            self._news.clear()
            await self._news.wait()
        taken, self._waiting = self._waiting, []
        return taken


class ConversationTail:
    """Gives every listener the entries after its own cursor, in order, none lost, none twice.

    A conversation has one source at a time. `lead`, `tell` and `release` are called by whoever
    writes a turn; the reader serves listeners of all others, and drops a conversation once it has
    caught up with a writer of this process. A listener that falls too far behind reads what it
    missed from the log itself, so it never holds others back.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._reader = LogReader(redis, keys, self._found)
        self._history = ConversationHistory(redis, keys)
        self._listeners: dict[str, set[_Listener]] = {}
        self._told: dict[str, Entry] = {}
        """Of each conversation whose turn this process writes: the newest entry told."""

    def lead(self, conversation_id: str, first: Entry) -> None:
        """All that is written from *first* on will be told, in order, until `release`."""
        self.release(conversation_id)
        self._told[conversation_id] = first
        self.tell(conversation_id, [first])

    def tell(self, conversation_id: str, entries: Sequence[Entry]) -> None:
        """*entries* are in the log. A reader that has not caught up will find them itself."""
        told = self._told.get(conversation_id)
        if told is None or not entries or entries[0].turn != told.turn:
            return
        self._told[conversation_id] = entries[-1]
        if not self._reader.watches(conversation_id):
            self._hand_out(conversation_id, entries)

    def release(self, conversation_id: str) -> None:
        """Nothing more will be told. Without effect where nothing was."""
        last = self._told.pop(conversation_id, None)
        if last is None or self._reader.watches(conversation_id):
            return
        if conversation_id in self._listeners:
            self._reader.watch(conversation_id, last.id, within_s=_PAUSE_S)

    async def follow(
        self, conversation_id: str, after: str, *, until: asyncio.Future[Any] | None = None
    ) -> AsyncGenerator[Entry]:
        """Entries that follow the id *after*, until *until* is done, or for ever without it."""
        async with aclosing(self.batches(conversation_id, after, until=until)) as batches:
            async for batch in batches:
                for found in batch:
                    yield found

    async def batches(
        self, conversation_id: str, after: str, *, until: asyncio.Future[Any] | None = None
    ) -> AsyncGenerator[list[Entry]]:
        """The same, as many entries at a time as there are."""
        until = until or asyncio.get_running_loop().create_future()
        cursor = after
        while not until.done():
            try:
                async with aclosing(self._stretch(conversation_id, cursor, until)) as batches:
                    async for batch in batches:
                        cursor = batch[-1].id
                        yield batch
            except RedisError as error:
                log.warning("conversation tail: Redis is away (%s); trying again", error)
                await asyncio.sleep(0.2)

    async def _stretch(
        self, conversation_id: str, after: str, until: asyncio.Future[Any]
    ) -> AsyncGenerator[list[Entry]]:
        """Entries until the listener is overrun, or *until* is done."""
        listener = _Listener()

        def end(_: asyncio.Future[Any]) -> None:
            listener.end()

        until.add_done_callback(end)
        try:
            await self._join(conversation_id, listener)
            last = _order(after)
            batch = await self._history.entries(conversation_id, after=after)
            while batch or (batch := await listener.take()):
                if fresh := [found for found in batch if _order(found.id) > last]:
                    last = _order(fresh[-1].id)
                    yield fresh
                batch = []
        finally:
            until.remove_done_callback(end)
            self._leave(conversation_id, listener)

    async def _join(self, conversation_id: str, listener: _Listener) -> None:
        listeners = self._listeners.setdefault(conversation_id, set())
        listeners.add(listener)
        if not self._has_source(conversation_id):
            start = await self._history.last_entry_id(conversation_id)
            if not self._has_source(conversation_id) and listener in listeners:
                self._reader.watch(conversation_id, start)

    def _has_source(self, conversation_id: str) -> bool:
        return self._reader.watches(conversation_id) or conversation_id in self._told

    def _leave(self, conversation_id: str, listener: _Listener) -> None:
        listeners = self._listeners.get(conversation_id, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(conversation_id, None)
            self._reader.drop(conversation_id)

    def _found(self, conversation_id: str, entries: Sequence[Entry]) -> None:
        """What the reader has read."""
        self._hand_out(conversation_id, entries)
        told = self._told.get(conversation_id)
        if told is not None and _order(entries[-1].id) >= _order(told.id):
            self._reader.drop(conversation_id)  # from here on listeners are told

    def _hand_out(self, conversation_id: str, entries: Sequence[Entry]) -> None:
        listeners = self._listeners.get(conversation_id, set())
        for listener in list(listeners):
            if not listener.put(entries):  # it starts over from its own cursor
                listeners.discard(listener)


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence or 0)
