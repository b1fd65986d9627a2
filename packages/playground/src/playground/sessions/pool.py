"""Pages that wait for a session: who is making them, which are ready, how many there are to be."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from playground.identifiers import new_id
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Handle
from playground.sessions.slots import Slot, new_slot

MAKING_MS = 6_000
"""A page in making whose maker is silent for so long counts as abandoned."""
_MAKING_KEPT_S = 30

# A page is begun where one is missing, and no more of them in a second than the rate allows. While
# somebody's browser may still be loading the page that was claimed last, only a pool that is more
# than half empty is filled.
_BEGIN = """
local waiting, making, rate, slot, last_claim = unpack(KEYS)
local id, size, at_most, now, until_ms, kept_s, token, session, quiet_ms = unpack(ARGV)
redis.call('ZREMRANGEBYSCORE', making, '-inf', now)
local there = redis.call('ZCARD', waiting) + redis.call('ZCARD', making)
if there >= tonumber(size) then return 0 end
local claimed = tonumber(redis.call('GET', last_claim) or '0')
if now - claimed < tonumber(quiet_ms) and there * 2 >= tonumber(size) then return 0 end
local begun = tonumber(redis.call('GET', rate) or '0')
if begun >= tonumber(at_most) then return 0 end
if redis.call('INCR', rate) == 1 then redis.call('PEXPIRE', rate, 1000) end
redis.call('ZADD', making, until_ms, id)
redis.call('EXPIRE', making, kept_s)
redis.call('HSET', slot, 'token_sha256', token, 'kept_for', session)
return 1
"""
# What nobody counts as in making any more is not put out to wait: it may be on its way out already.
_PUT_OUT = """
local waiting, making, slot = unpack(KEYS)
local id, now, handle, url = unpack(ARGV)
if redis.call('ZREM', making, id) == 0 then return 0 end
redis.call('HSET', slot, 'handle', handle, 'url', url)
redis.call('ZADD', waiting, now, id)
return 1
"""
_KEEP = """
if redis.call('ZSCORE', KEYS[1], ARGV[1]) == false then return 0 end
redis.call('ZADD', KEYS[1], 'XX', ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


@dataclass(frozen=True)
class NewPage:
    """A page that is to be made, and the id that its session is going to have."""

    slot: Slot
    session_id: str


@dataclass(frozen=True)
class WaitingPage:
    """A page that has run its script once and waits for a session."""

    slot: str
    session_id: str
    """The id that is kept for the session: a new session takes it as its own."""
    handle: Handle
    url: str


class PagePool:
    """The pages that wait, of all workers together. May raise redis-py's errors."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._begin = redis.register_script(_BEGIN)
        self._put_out = redis.register_script(_PUT_OUT)
        self._keep = redis.register_script(_KEEP)

    async def begin(self, *, size: int, per_second: int, quiet_ms: int = 0) -> NewPage | None:
        """A page to make, where fewer than *size* wait or are being made.

        For *quiet_ms* after a claim only where fewer than half of them do.
        """
        slot, session_id = new_slot(), new_id("ses")
        now = _now_ms()
        begun: Any = await self._begin(
            keys=[
                self._keys.waiting_pages(),
                self._keys.pages_in_making(),
                self._keys.pool_rate(),
                self._keys.slot(slot.id),
                self._keys.last_claim(),
            ],
            args=[
                slot.id, size, per_second, now, now + MAKING_MS, _MAKING_KEPT_S,
                slot.token_sha256, session_id, quiet_ms,
            ],
        )  # fmt: skip
        return NewPage(slot, session_id) if begun else None

    async def keep(self, slot: str) -> bool:
        """Say that the page is still being made; False if it counts as abandoned already."""
        args: list[Any] = [slot, _now_ms() + MAKING_MS, _MAKING_KEPT_S]
        kept: Any = await self._keep(keys=[self._keys.pages_in_making()], args=args)
        return bool(kept)

    async def put_out(self, slot: str, handle: Handle, url: str) -> bool:
        """Let the page be claimed; False if it counts as abandoned: then it is to be removed."""
        put: Any = await self._put_out(
            keys=[
                self._keys.waiting_pages(),
                self._keys.pages_in_making(),
                self._keys.slot(slot),
            ],
            args=[slot, _now_ms(), handle.model_dump_json(), url],
        )
        return bool(put)

    async def waiting(self) -> list[WaitingPage]:
        """The pages that can be claimed, the oldest first."""
        slots = cast(list[str], await self._redis.zrange(self._keys.waiting_pages(), 0, -1))
        pipe = self._redis.pipeline(transaction=False)
        for slot in slots:
            pipe.hmget(self._keys.slot(slot), ["kept_for", "handle", "url"])
        records = cast(list[list[str | None]], await pipe.execute()) if slots else []
        pages = (_page(slot, record) for slot, record in zip(slots, records, strict=True))
        return [page for page in pages if page is not None]

    async def slots(self) -> set[str]:
        """Every slot of the pool: waiting, or being made by somebody who is not silent."""
        pipe = self._redis.pipeline()
        pipe.zrange(self._keys.waiting_pages(), 0, -1)
        pipe.zrangebyscore(self._keys.pages_in_making(), _now_ms(), "+inf")
        waiting, making = cast(list[list[str]], await pipe.execute())
        return {*waiting, *making}

    async def drop(self, slots: Sequence[str]) -> list[str]:
        """Take these out of the pool; those that nobody had claimed meanwhile are returned."""
        dropped: list[str] = []
        for slot in slots:
            pipe = self._redis.pipeline()
            pipe.zrem(self._keys.waiting_pages(), slot)
            pipe.zrem(self._keys.pages_in_making(), slot)
            if any(cast(list[int], await pipe.execute())):
                dropped.append(slot)
        return dropped

    async def sizes(self) -> tuple[int, int]:
        """How many wait, and how many are being made."""
        pipe = self._redis.pipeline()
        pipe.zcard(self._keys.waiting_pages())
        pipe.zcount(self._keys.pages_in_making(), _now_ms(), "+inf")
        waiting, making = cast(list[int], await pipe.execute())
        return waiting, making


def _page(slot: str, record: Sequence[str | None]) -> WaitingPage | None:
    kept_for, handle, url = record
    if kept_for is None or handle is None or url is None:
        return None
    return WaitingPage(slot, kept_for, Handle.model_validate(json.loads(handle)), url)


def _now_ms() -> int:
    return int(time.time() * 1000)
