"""Following what happens to sessions: one reader of the stream per process, many listeners."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from redis.exceptions import RedisError

from playground.keys import Keys
from playground.redis_connection import BLOCK_MS, Redis, stream_entries
from playground.sessions.model import Session

log = logging.getLogger(__name__)

_QUEUE_LENGTH = 1_000


@dataclass(frozen=True)
class Change:
    """A session as it was after one change; `id` orders changes and is the SSE id."""

    id: str
    owner: str
    revision: int
    session: dict[str, Any]


class SessionChanges:
    """Hands every change of a tenant's sessions to whoever listens in this process.

    `run` reads for ever and survives an absent Redis; a listener that cannot keep up is dropped
    from the hand-out and its iteration ends, so that it takes the stream up again by its last id.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._key = keys.session_changes()
        self._listeners: set[asyncio.Queue[Change | None]] = set()

    async def run(self) -> None:
        """Read the stream and hand out what comes, until cancelled."""
        last = "$"
        while True:
            try:
                if last == "$":
                    last = await self.newest_id()
                for change in await self._read(last):
                    last = change.id
                    self._hand_out(change)
            except RedisError as error:
                log.warning("session changes: Redis is away (%s); trying again", error)
                await asyncio.sleep(0.2)

    async def follow(self, after: str | None = None) -> AsyncGenerator[Change]:
        """Changes from now on, or all that are kept since the id *after*; none is given twice."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(_QUEUE_LENGTH)
        self._listeners.add(queue)
        last = (0, 0)
        try:
            for change in await self._kept_since(after):
                last = _order(change.id)
                yield change
            while (change := await queue.get()) is not None:
                if _order(change.id) > last:
                    yield change
        finally:
            self._listeners.discard(queue)

    async def wait_for(
        self,
        read: Callable[[], Awaitable[Session]],
        until: Callable[[Session], bool],
        timeout_s: float,
    ) -> Session:
        """The session once *until* holds for it, or as it is when the time is up."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue(_QUEUE_LENGTH)
        self._listeners.add(queue)
        try:
            async with asyncio.timeout(timeout_s):
                session = await read()
                while not until(session):
                    change = await queue.get()
                    if change is None or change.session["id"] == session.id:
                        session = await read()
                return session
        except TimeoutError:
            return await read()
        finally:
            self._listeners.discard(queue)

    def _hand_out(self, change: Change) -> None:
        for queue in list(self._listeners):
            try:
                queue.put_nowait(change)
            except asyncio.QueueFull:
                self._listeners.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)

    async def _kept_since(self, after: str | None) -> list[Change]:
        if after is None:
            return []
        entries = await cast(Awaitable[Any], self._redis.xrange(self._key, min=f"({after}"))
        return [_change(entry_id, fields) for entry_id, fields in entries]

    async def newest_id(self) -> str:
        """The id of the last change so far: following from it gives what comes."""
        newest = await cast(Awaitable[Any], self._redis.xrevrange(self._key, count=1))
        return newest[0][0] if newest else "0-0"

    async def _read(self, last: str) -> list[Change]:
        answer: Any = await self._redis.xread({self._key: last}, block=BLOCK_MS)
        return [_change(entry_id, fields) for entry_id, fields in stream_entries(answer)]


def _change(entry_id: str, fields: dict[str, str]) -> Change:
    session = json.loads(fields["session"])
    return Change(entry_id, session.pop("owner"), session.pop("revision"), session)


def _order(entry_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence or 0)
