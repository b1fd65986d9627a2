"""Writing a session's record: one script for whatever has to happen in the same step.

The record is written only where its revision is still the expected one ('' for a session that must
not exist yet), so no writer ever overwrites what it has not read. In the same step the indexes
follow, a waiting page is claimed, limits are held, and readers are told.
"""

import json
import time
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Session, Status

CHANGES_KEPT = 10_000
CHANGES_TTL_S = 7 * 86_400
IDEMPOTENCY_TTL_S = 86_400
WORKER_SILENT_S = 6
"""A worker that has not been heard of for so long counts as gone, and its waiting pages too."""

SAVED, STALE, FULL, GONE = "saved", "stale", "full", "gone"

_SAVE = """
local record, index, live, changes, queued, placed, of_owner, waiting, workers, slot, first,
  last_claim =
  unpack(KEYS)
local expected, data, id, created, ended, ttl, change, kept, changes_ttl, write, is_queued,
  is_placed, at_most, at_most_of_owner, claimed, now, silent_s, first_ttl = unpack(ARGV)
local rev = redis.call('HGET', record, 'rev') or ''
if rev ~= expected then
  -- A retry after a lost answer finds its own write: that is success.
  return redis.call('HGET', record, 'write') == write and 'saved' or 'stale'
end
if first_ttl ~= '0' then
  local earlier = redis.call('GET', first)
  if earlier then return earlier end
end
if is_placed == '1' and redis.call('SISMEMBER', placed, id) == 0 then
  local room = tonumber(at_most) - redis.call('SCARD', placed)
  if room <= 0 or redis.call('SCARD', of_owner) >= tonumber(at_most_of_owner) then
    return 'full'
  end
  -- The last places are for those who have waited for them.
  if redis.call('ZSCORE', queued, id) == false and room <= redis.call('ZCARD', queued) then
    return 'full'
  end
end
if claimed ~= '' then
  local alive = redis.call('ZCOUNT', workers, tonumber(now) / 1000 - tonumber(silent_s), '+inf')
  if alive == 0 or redis.call('ZREM', waiting, claimed) == 0 then return 'gone' end
  redis.call('HSET', slot, 'session_id', id)
  redis.call('SET', last_claim, now, 'EX', 60)
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
if is_queued == '1' then redis.call('ZADD', queued, 'NX', now, id)
else redis.call('ZREM', queued, id) end
if is_placed == '1' then
  redis.call('SADD', placed, id)
  redis.call('SADD', of_owner, id)
else
  redis.call('SREM', placed, id)
  redis.call('SREM', of_owner, id)
end
if first_ttl ~= '0' then redis.call('SET', first, id, 'EX', first_ttl) end
redis.call('XADD', changes, 'MAXLEN', '~', kept, '*', 'session', change)
redis.call('EXPIRE', changes, changes_ttl)
return 'saved'
"""


@dataclass(frozen=True)
class Capacity:
    """How many sessions may have a page at the same time."""

    sessions: int = 1_000
    sessions_per_user: int = 1_000


class Saving:
    """Writes records of one tenant's sessions. May raise redis-py's errors."""

    def __init__(self, redis: Redis, keys: Keys, *, retention_s: int, capacity: Capacity) -> None:
        self._keys = keys
        self._retention_s = retention_s
        self._capacity = capacity
        self._script = redis.register_script(_SAVE)

    async def save(
        self,
        session: Session,
        *,
        expected: str,
        claimed: str | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """SAVED; or why not: STALE, FULL, GONE (the waiting page that was *claimed*).

        Where a session was made with the key before, its id and nothing else happens.
        """
        keys = self._keys
        answer: Any = await self._script(
            keys=[
                keys.session(session.id),
                keys.sessions(),
                keys.live_sessions(),
                keys.session_changes(),
                keys.queued_sessions(),
                keys.placed_sessions(),
                keys.placed_sessions(session.owner),
                keys.waiting_pages(),
                keys.workers(),
                keys.slot(claimed or ""),
                keys.idempotency(session.owner, idempotency_key or ""),
                keys.last_claim(),
            ],
            args=[
                expected,
                session.model_dump_json(),
                session.id,
                created_ms(session),
                int(session.status.ended),
                self._retention_s,
                _told(session),
                CHANGES_KEPT,
                CHANGES_TTL_S,
                token_hex(8),
                int(session.status is Status.QUEUED),
                int(session.placed),
                self._capacity.sessions,
                self._capacity.sessions_per_user,
                claimed or "",
                int(time.time() * 1000),
                WORKER_SILENT_S,
                IDEMPOTENCY_TTL_S if idempotency_key else 0,
            ],
        )
        return str(answer)

    def tell_of_purge(self, step: Any, session: Session) -> None:
        """Have readers told, in *step*, that nothing is left of the session."""
        told = {"session": _told(session, purged=True)}
        step.xadd(self._keys.session_changes(), told, maxlen=CHANGES_KEPT, approximate=True)
        step.expire(self._keys.session_changes(), CHANGES_TTL_S)


def created_ms(session: Session) -> int:
    """When the session was made, in Unix milliseconds: its place in the index."""
    return int(session.created_at.timestamp() * 1000)


def _told(session: Session, **more: Any) -> str:
    """What readers of the changes are told."""
    about = {"owner": session.owner, "revision": session.revision}
    return json.dumps({**about, **session.public(), **more})
