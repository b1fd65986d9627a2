"""Following a conversation as it grows: one reader per conversation and process, any listeners."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from redis.exceptions import RedisError

from playground.conversation.history import ConversationHistory, entry
from playground.conversation.model import Entry
from playground.keys import Keys
from playground.redis_connection import BLOCK_MS, Redis, stream_entries

log = logging.getLogger(__name__)


_QUEUE_LENGTH = 2_000


class ConversationTail:
    """Gives every listener the entries after its own cursor, in order, none lost, none twice.

    A reader task runs for as long as a conversation has listeners and survives an absent Redis. A
    listener that falls too far behind reads what it missed from the log itself, so it never holds
    others back.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._history = ConversationHistory(redis, keys)
        self._listeners: dict[str, set[asyncio.Queue[Entry | None]]] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}

    async def follow(
        self, conversation_id: str, after: str, *, until: asyncio.Future[Any] | None = None
    ) -> AsyncGenerator[Entry]:
        """Entries that follow the id *after*, until *until* is done, or for ever without it."""
        until = until or asyncio.get_running_loop().create_future()
        cursor = after
        while not until.done():
            try:
                async with aclosing(self._stretch(conversation_id, cursor, until)) as entries:
                    async for found in entries:
                        cursor = found.id
                        yield found
            except RedisError as error:
                log.warning("conversation tail: Redis is away (%s); trying again", error)
                await asyncio.sleep(0.2)

    async def _stretch(
        self, conversation_id: str, after: str, until: asyncio.Future[Any]
    ) -> AsyncGenerator[Entry]:
        """Entries until the listener is overrun, or *until* is done."""
        queue: asyncio.Queue[Entry | None] = asyncio.Queue(_QUEUE_LENGTH)

        def wake(_: asyncio.Future[Any]) -> None:
            if not queue.full():
                queue.put_nowait(None)

        until.add_done_callback(wake)
        try:
            await self._join(conversation_id, queue)
            last = after
            for found in await self._history.entries(conversation_id, after=after):
                last = found.id
                yield found
            while (found := await queue.get()) is not None:
                if _order(found.id) > _order(last):
                    yield found
        finally:
            until.remove_done_callback(wake)
            self._leave(conversation_id, queue)

    async def _join(self, conversation_id: str, queue: asyncio.Queue[Entry | None]) -> None:
        listeners = self._listeners.setdefault(conversation_id, set())
        listeners.add(queue)
        if conversation_id not in self._readers:
            start = await self._history.last_entry_id(conversation_id)
            if conversation_id not in self._readers and queue in listeners:
                self._readers[conversation_id] = asyncio.create_task(
                    self._read(conversation_id, start), name=f"tail {conversation_id}"
                )

    def _leave(self, conversation_id: str, queue: asyncio.Queue[Entry | None]) -> None:
        listeners = self._listeners.get(conversation_id, set())
        listeners.discard(queue)
        if not listeners:
            self._listeners.pop(conversation_id, None)
            reader = self._readers.pop(conversation_id, None)
            if reader is not None:
                reader.cancel()

    async def _read(self, conversation_id: str, last: str) -> None:
        key = self._keys.conversation_log(conversation_id)
        while True:
            try:
                answer: Any = await self._redis.xread({key: last}, block=BLOCK_MS)
            except RedisError as error:
                log.warning("conversation tail: Redis is away (%s); trying again", error)
                await asyncio.sleep(0.2)
                continue
            for entry_id, fields in stream_entries(answer):
                last = entry_id
                self._hand_out(conversation_id, entry(entry_id, fields))

    def _hand_out(self, conversation_id: str, found: Entry) -> None:
        listeners = self._listeners.get(conversation_id, set())
        for queue in list(listeners):
            try:
                queue.put_nowait(found)
            except asyncio.QueueFull:  # this listener starts over from its own cursor
                listeners.discard(queue)
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence or 0)
