"""Sessions in Redis: every write is a compare-and-set, and is announced in the same step."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, cast

from playground.errors import Conflict, FieldError, InvalidRequest, SessionNotFound
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Session, Status

CHANGES_KEPT = 10_000
CHANGES_TTL_S = 7 * 86_400
IDEMPOTENCY_TTL_S = 86_400
IDEMPOTENCY_CLAIM_S = 10

# One script for create and update. The record is written only where its revision is still the
# expected one ('' for a session that must not exist yet), so no writer ever overwrites what it has
# not read.
_SAVE = """
local record, index, live, changes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local expected, data, id, created, ended, ttl, change, kept, changes_ttl, write = unpack(ARGV)
local rev = redis.call('HGET', record, 'rev') or ''
if rev ~= expected then
  -- A retry after a lost answer finds its own write: that is success.
  return redis.call('HGET', record, 'write') == write and 1 or 0
end
redis.call('HSET', record, 'data', data, 'rev', (tonumber(rev) or 0) + 1, 'write', write)
redis.call('ZADD', index, 'NX', created, id)
if ended == '1' then
  redis.call('SREM', live, id)
  redis.call('EXPIRE', record, ttl)
else
  redis.call('SADD', live, id)
  redis.call('PERSIST', record)
end
redis.call('XADD', changes, 'MAXLEN', '~', kept, '*', 'session', change)
redis.call('EXPIRE', changes, changes_ttl)
return 1
"""


@dataclass(frozen=True)
class Page:
    """A page of a listing: the newest first, and the cursor of the next page if there is one."""

    items: Sequence[Session]
    next_cursor: str | None


class SessionStore:
    """Sessions of one tenant. Every method may raise redis-py's errors; doors translate them."""

    def __init__(self, redis: Redis, keys: Keys, *, retention_s: int = 30 * 86_400) -> None:
        self._redis = redis
        self._keys = keys
        self._retention_s = retention_s
        self._save_script = redis.register_script(_SAVE)

    async def create(self, session: Session, *, idempotency_key: str | None = None) -> Session:
        """Keep a new session, or return the first one that was made with *idempotency_key*."""
        if idempotency_key is None:
            return await self._save(session)
        key = self._keys.idempotency(session.owner, idempotency_key)
        first = await self._first_of(key, session)
        if first is not None:
            return first
        saved = await self._save(session)
        await self._redis.expire(key, IDEMPOTENCY_TTL_S)
        return saved

    async def _first_of(self, key: str, session: Session) -> Session | None:
        """The session that an earlier request with the same key made; None if this one is first.

        A claim that is not followed by a session soon runs out, so a request that died between the
        two does not block its repeats.
        """
        for _ in range(50):
            if await self._redis.set(key, session.id, nx=True, ex=IDEMPOTENCY_CLAIM_S):
                return None
            first = await self._redis.get(key)
            if first == session.id:  # our own claim, whose answer was lost on the way
                return None
            found = await self.find(str(first)) if first else None
            if found is not None:
                return found
            await asyncio.sleep(0.02)
        raise Conflict("A request with this Idempotency-Key is being handled; repeat it.")

    async def get(self, session_id: str) -> Session:
        """The session of that id. Raises SessionNotFound."""
        found = await self.find(session_id)
        if found is None:
            raise SessionNotFound(f"There is no session {session_id!r}.")
        return found

    async def find(self, session_id: str) -> Session | None:
        """The session of that id, if there is one."""
        data = await cast(
            Awaitable[str | None], self._redis.hget(self._keys.session(session_id), "data")
        )
        return Session.model_validate_json(data) if data else None

    async def update(self, session_id: str, change: Callable[[Session], Session]) -> Session:
        """Apply *change* to the session as it is now and return the new one.

        *change* is called again if somebody was faster. What it raises goes to the caller and
        nothing is written; returning the session it was given writes nothing either.
        """
        for _ in range(100):
            rev, data = await cast(
                Awaitable[list[str | None]],
                self._redis.hmget(self._keys.session(session_id), ["rev", "data"]),
            )
            if rev is None or data is None:
                raise SessionNotFound(f"There is no session {session_id!r}.")
            before = Session.model_validate_json(data)
            after = change(before)
            if after is before:
                return before
            after = after.model_copy(update={"revision": int(rev) + 1})
            if await self._try_save(after, expected=rev):
                return after
        raise Conflict(f"Session {session_id} is changing too fast; try again.")

    async def live(self) -> list[Session]:
        """All sessions that have not ended."""
        ids = await cast(Awaitable[set[str]], self._redis.smembers(self._keys.live_sessions()))
        return await self._load(sorted(ids))

    async def page(
        self,
        *,
        owner: str | None = None,
        status: Status | None = None,
        scenario: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """Sessions, newest first; *cursor* is what the page before gave.

        Sessions that come or go meanwhile move nothing from one page to the next. Ids whose record
        has expired are dropped from the index on the way.
        """
        wanted = (owner, status, scenario)
        offset, last = await self._offset(cursor), cursor
        found: list[Session] = []
        while True:
            ids = await self._newest_ids(offset, 200)
            for session_id, session in zip(ids, await self._load_or_none(ids), strict=True):
                if session is None:
                    await self._redis.zrem(self._keys.sessions(), session_id)
                    continue
                if len(found) == limit:
                    return Page(found, last)
                offset, last = offset + 1, _cursor(session)
                has = (session.owner, session.status, session.scenario)
                if all(want in (None, it) for want, it in zip(wanted, has, strict=True)):
                    found.append(session)
            if len(ids) < 200:
                return Page(found, None)

    async def purge(self, session_id: str) -> None:
        """Forget the session's record. Its conversation is the conversation log's to forget."""
        pipe = self._redis.pipeline()
        pipe.delete(self._keys.session(session_id))
        pipe.zrem(self._keys.sessions(), session_id)
        pipe.srem(self._keys.live_sessions(), session_id)
        await pipe.execute()

    async def _offset(self, cursor: str | None) -> int:
        """How many sessions come before those of the page that *cursor* begins."""
        if cursor is None:
            return 0
        created, dot, session_id = cursor.partition(".")
        if not dot or not (created.isascii() and created.isdigit()) or len(created) > 15:
            wrong = FieldError("cursor", "use next_cursor of the page before")
            raise InvalidRequest("cursor is not one that a listing gave.", errors=(wrong,))
        rank = await self._redis.zrevrank(self._keys.sessions(), session_id)
        if rank is not None:
            return cast(int, rank) + 1
        return await self._redis.zcount(self._keys.sessions(), f"({created}", "+inf")

    async def _newest_ids(self, offset: int, count: int) -> list[str]:
        key = self._keys.sessions()
        found = await self._redis.zrevrange(key, offset, offset + count - 1)
        return cast(list[str], found)

    async def _load(self, ids: Sequence[str]) -> list[Session]:
        return [s for s in await self._load_or_none(ids) if s is not None]

    async def _load_or_none(self, ids: Sequence[str]) -> list[Session | None]:
        if not ids:
            return []
        pipe = self._redis.pipeline(transaction=False)
        for session_id in ids:
            pipe.hget(self._keys.session(session_id), "data")
        records = cast(list[str | None], await pipe.execute())
        return [Session.model_validate_json(data) if data else None for data in records]

    async def _save(self, session: Session) -> Session:
        first = session.model_copy(update={"revision": 1})
        if not await self._try_save(first, expected=""):
            raise Conflict(f"Session {session.id} exists already.")
        return first

    async def _try_save(self, session: Session, *, expected: str) -> bool:
        keys = self._keys
        saved: Any = await self._save_script(
            keys=[
                keys.session(session.id),
                keys.sessions(),
                keys.live_sessions(),
                keys.session_changes(),
            ],
            args=[
                expected,
                session.model_dump_json(),
                session.id,
                _milliseconds(session),
                int(session.status.ended),
                self._retention_s,
                json.dumps(
                    {"owner": session.owner, "revision": session.revision, **session.public()}
                ),
                CHANGES_KEPT,
                CHANGES_TTL_S,
                token_hex(8),
            ],
        )
        return bool(saved)


def _milliseconds(session: Session) -> int:
    return int(session.created_at.timestamp() * 1000)


def _cursor(session: Session) -> str:
    return f"{_milliseconds(session)}.{session.id}"
