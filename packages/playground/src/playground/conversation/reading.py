"""Reading the logs of many conversations at once: one blocking read for all of a process."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from redis.exceptions import RedisError

from playground.conversation.history import entry
from playground.conversation.model import Entry
from playground.keys import Keys
from playground.redis_connection import BLOCK_MS, Redis, entries_by_stream

log = logging.getLogger(__name__)

Found = Callable[[str, Sequence[Entry]], None]


class LogReader:
    """Reads on behind the place at which each watched conversation stands, and says what it found.

    Its task lives while something is watched and survives an absent Redis. Entries come in order
    and without a gap; after a conversation was dropped and watched again, some may come twice.
    """

    def __init__(self, redis: Redis, keys: Keys, found: Found) -> None:
        self._redis = redis
        self._keys = keys
        self._found = found
        self._places: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._client_id: int | None = None
        self._waking: asyncio.Task[None] | None = None
        self._wanted = self._taken_in = 0
        """How often something was watched, and how much of that the newest read knows."""

    def watches(self, conversation_id: str) -> bool:
        """Whether the conversation is read."""
        return conversation_id in self._places

    def watch(self, conversation_id: str, after: str, *, within_s: float = 0) -> None:
        """Read the conversation from behind the id *after* on; the first time after *within_s*."""
        self._places[conversation_id] = after
        self._wanted += 1
        if self._task is None:
            self._task = asyncio.create_task(self._run(within_s), name="log reader")
        elif self._waking is None:
            self._waking = asyncio.create_task(self._wake(within_s), name="log reader, waking")

    def drop(self, conversation_id: str) -> None:
        """Read it no longer. Without effect where it is not read."""
        self._places.pop(conversation_id, None)

    async def _run(self, pause_s: float) -> None:
        await asyncio.sleep(pause_s)
        client = self._redis.client()
        try:
            while self._places:
                try:
                    await self._read(client)
                except RedisError as error:
                    self._client_id = None
                    log.warning("conversations: Redis is away (%s); trying again", error)
                    await asyncio.sleep(0.2)
        finally:
            self._task = self._client_id = None
            await client.aclose()

    async def _read(self, client: Redis) -> None:
        if self._client_id is None:
            self._client_id = await client.client_id()
        names = {self._keys.conversation_log(name): name for name in self._places}
        places: dict[Any, Any] = {key: self._places[name] for key, name in names.items()}
        self._taken_in = self._wanted
        answer: Any = await client.xread(places, block=BLOCK_MS)
        for key, found in entries_by_stream(answer):
            self._tell(names[key], [entry(entry_id, fields) for entry_id, fields in found])

    def _tell(self, conversation_id: str, entries: Sequence[Entry]) -> None:
        if conversation_id in self._places:  # else it was dropped while the answer was on its way
            self._places[conversation_id] = entries[-1].id
            self._found(conversation_id, entries)

    async def _wake(self, pause_s: float) -> None:
        """Have the read that blocks end now, so that the next one takes in what is watched anew."""
        try:
            await asyncio.sleep(pause_s)
            while self._places and self._taken_in < self._wanted:
                if self._client_id is not None:
                    await self._redis.client_unblock(self._client_id)
                await asyncio.sleep(0.005)  # once more if it had not begun to block yet
        except RedisError:
            pass  # the reader finds Redis away as well, and begins anew by itself
        finally:
            self._waking = None
