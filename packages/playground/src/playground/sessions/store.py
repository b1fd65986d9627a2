"""Sessions in Redis: every write is a compare-and-set, and is announced in the same step."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import cast

from playground.errors import (
    CapacityReached,
    Conflict,
    FieldError,
    InvalidRequest,
    SessionNotFound,
)
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Session, Status
from playground.sessions.records import Records
from playground.sessions.saving import FULL, GONE, SAVED, STALE, Capacity, Saving, created_ms

NO_LIMIT = Capacity()
_AT_ONCE = 201
"""Records that are read in one go: the longest page of a listing, and whether another follows."""


class SlotGone(Exception):
    """The page that was to be claimed has been given to somebody else, or is no more."""


@dataclass(frozen=True)
class Page:
    """A page of a listing: the newest first, and the cursor of the next page if there is one."""

    items: Sequence[Session]
    next_cursor: str | None


class SessionStore:
    """Sessions of one tenant. Every method may raise redis-py's errors; doors translate them.

    Those that name one session raise SessionUnreadable for a record that was broken by hand; those
    that list some leave it out.
    """

    def __init__(
        self,
        redis: Redis,
        keys: Keys,
        *,
        retention_s: int = 30 * 86_400,
        capacity: Capacity = NO_LIMIT,
    ) -> None:
        self._redis = redis
        self._keys = keys
        self._capacity = capacity
        self._records = Records()
        self._saving = Saving(redis, keys, retention_s=retention_s, capacity=capacity)

    async def create(
        self, session: Session, *, idempotency_key: str | None = None, claims: bool = False
    ) -> Session:
        """Keep a new session, or return the first one that was made with *idempotency_key*.

        With *claims*, the session's slot is that of a waiting page, which becomes its own in the
        same step. Raises SlotGone, CapacityReached.
        """
        first = session.model_copy(update={"revision": 1})
        for _ in range(3):
            answer = await self._saving.save(
                first,
                expected="",
                claimed=first.slot if claims else None,
                idempotency_key=idempotency_key,
            )
            if claims and answer == STALE:  # somebody was faster, and has the page's kept id
                raise SlotGone
            if _accepted(answer, first):
                return first
            earlier = await self.find(answer)
            if earlier is not None:
                return earlier
            await self._redis.delete(self._keys.idempotency(session.owner, idempotency_key or ""))
        raise Conflict("A request with this Idempotency-Key is being handled; repeat it.")

    async def get(self, session_id: str) -> Session:
        """The session of that id. Raises SessionNotFound."""
        found = await self.find(session_id)
        if found is None:
            raise SessionNotFound(f"There is no session {session_id!r}.")
        return found

    async def find(self, session_id: str) -> Session | None:
        """The session of that id, if there is one."""
        (data,) = await self._kept([session_id])
        return self._records.read(session_id, data) if data else None

    async def holds(self, session_id: str, slot: str) -> bool:
        """Whether the page of that slot is the session's."""
        (session,) = await self._load([session_id]) or [None]
        return session is not None and session.slot == slot

    async def update(
        self, session_id: str, change: Callable[[Session], Session], *, claims: str | None = None
    ) -> Session:
        """Apply *change* to the session as it is now and return the new one.

        *change* is called again if somebody was faster. What it raises goes to the caller and
        nothing is written; returning the session it was given writes nothing either. The waiting
        page of the slot *claims* becomes the session's in the same step. Raises SlotGone,
        CapacityReached.
        """
        for _ in range(100):
            rev, data = await cast(
                Awaitable[list[str | None]],
                self._redis.hmget(self._keys.session(session_id), ["rev", "data"]),
            )
            if rev is None or data is None:
                raise SessionNotFound(f"There is no session {session_id!r}.")
            before = self._records.read(session_id, data)
            after = change(before)
            if after is before:
                return before
            after = after.model_copy(update={"revision": int(rev) + 1})
            if _accepted(await self._saving.save(after, expected=rev, claimed=claims), after):
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
        scenarios: Collection[str] = (),
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """Sessions, newest first, of *scenarios* or of all; *cursor* is what the page before gave.

        Sessions that come or go meanwhile move nothing from one page to the next. Ids whose record
        has expired are dropped from the index on the way.
        """
        wanted = (owner and [owner], status and [status], scenarios)
        offset, last = await self._offset(cursor), cursor
        found: list[Session] = []
        at_once = limit + 1 if status is None and not scenarios else _AT_ONCE
        while True:
            ids = await self._newest_ids(offset, at_once)
            for session_id, data in zip(ids, await self._kept(ids), strict=True):
                if data is None:
                    await self._redis.zrem(self._keys.sessions(), session_id)
                    continue
                offset += 1
                session = self._records.read_if_whole(session_id, data)
                if session is None:
                    continue
                if len(found) == limit:
                    return Page(found, last)
                last = _cursor(session)
                has = (session.owner, session.status, session.scenario)
                if all(not any_of or it in any_of for any_of, it in zip(wanted, has, strict=True)):
                    found.append(session)
            if len(ids) < at_once:
                return Page(found, None)

    async def purge(self, session_id: str, *, owner: str | None = None) -> None:
        """Forget the session's record. Its conversation is the conversation log's to forget.

        One that is broken is forgotten too; that it was *owner*'s cannot be read there.
        """
        (data,) = await self._kept([session_id])
        session = self._records.read_if_whole(session_id, data)
        pipe = self._redis.pipeline()
        pipe.delete(self._keys.session(session_id))
        pipe.zrem(self._keys.sessions(), session_id)
        pipe.srem(self._keys.live_sessions(), session_id)
        pipe.zrem(self._keys.queued_sessions(), session_id)
        pipe.srem(self._keys.placed_sessions(), session_id)
        if owner := session.owner if session is not None else owner:
            pipe.srem(self._keys.placed_sessions(owner), session_id)
        if session is not None:
            self._saving.tell_of_purge(pipe, session)
        pipe.delete(self._keys.page_log(session_id))
        await pipe.execute()

    async def has_all_its_places(self, owner: str) -> bool:
        """Whether *owner* has as many sessions with a page as one user may have."""
        placed = await self._redis.scard(self._keys.placed_sessions(owner))
        return placed >= self._capacity.sessions_per_user

    async def queue(self) -> list[str]:
        """Ids of the sessions that wait for a page, the one that has waited longest first."""
        found = await self._redis.zrange(self._keys.queued_sessions(), 0, -1)
        return cast(list[str], found)

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
        kept = zip(ids, await self._kept(ids), strict=True)
        read = (self._records.read_if_whole(session_id, data) for session_id, data in kept)
        return [session for session in read if session is not None]

    async def _kept(self, ids: Sequence[str]) -> list[str | None]:
        if not ids:
            return []
        pipe = self._redis.pipeline(transaction=False)
        for session_id in ids:
            pipe.hget(self._keys.session(session_id), "data")
        return cast(list[str | None], await pipe.execute())


def _accepted(answer: str, session: Session) -> bool:
    """Whether the session was saved; False where an earlier record stands in its way."""
    if answer == FULL:
        raise CapacityReached
    if answer == GONE:
        raise SlotGone
    if answer == STALE and session.revision == 1:
        raise Conflict(f"Session {session.id} exists already.")
    return answer == SAVED


def _cursor(session: Session) -> str:
    return f"{created_ms(session)}.{session.id}"
