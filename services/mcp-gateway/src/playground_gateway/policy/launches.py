"""How many sessions a client has launched lately, and how many of them live: counted in Redis."""

import hashlib
import logging
import math
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, cast

from redis.exceptions import RedisError

from playground.errors import RateLimited
from playground.identifiers import new_id
from playground.keys import Keys
from playground.redis_connection import Redis, translated

log = logging.getLogger(__name__)

_KEPT_S = 7 * 86_400
_RATE_MS = 60_000
_HELD_MS = 90_000
"""How long a launch counts as a session before its answer names one."""

_ADMIT = """
local launches, live = KEYS[1], KEYS[2]
local launch, per_minute, most, rate_ms, held_ms, kept_s = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept = redis.call('ZRANGE', launches, 0, -1, 'WITHSCORES')
local recent, held, oldest = 0, 0, now
for i = 1, #kept, 2 do
  local age = now - kept[i + 1]
  local open = string.sub(kept[i], 1, 7) == 'launch-' and age < tonumber(held_ms)
  local lives = open or redis.call('SISMEMBER', live, kept[i]) == 1
  if lives then held = held + 1 end
  if age < tonumber(rate_ms) then
    recent = recent + 1
    oldest = math.min(oldest, tonumber(kept[i + 1]))
  elseif not lives then
    redis.call('ZREM', launches, kept[i])
  end
end
if recent >= tonumber(per_minute) then return {'often', rate_ms - (now - oldest)} end
if held >= tonumber(most) then return {'many', 0} end
redis.call('ZADD', launches, now, launch)
redis.call('EXPIRE', launches, kept_s)
return {'ok', 0}
"""

_NAME = """
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at then
  redis.call('ZADD', KEYS[1], at, ARGV[2])
  redis.call('ZREM', KEYS[1], ARGV[1])
end
"""


class Launch:
    """A launch that was let through; `session_id` is told once it is known."""

    session_id: str | None = None


class Launches:
    """Lets each client launch so often a minute, and hold so many sessions, at all replicas."""

    def __init__(self, redis: Redis, keys: Keys, *, per_minute: int, most: int) -> None:
        self._keys = keys
        self._per_minute = per_minute
        self._most = most
        self._admit = redis.register_script(_ADMIT)
        self._name = redis.register_script(_NAME)

    @asynccontextmanager
    async def one(self, client: str) -> AsyncGenerator[Launch]:
        """Around a launch of *client*. Raises RateLimited, which says when to try again."""
        key = self._keys.mcp_launches(hashlib.sha256(client.encode()).hexdigest()[:16])
        asked, launch = new_id("launch"), Launch()
        await self._let_through(key, asked)
        try:
            yield launch
        finally:
            named = launch.session_id or asked.replace("launch", "failed")
            await self._named(key, asked, named)

    async def _named(self, key: str, asked: str, named: str) -> None:
        try:
            await cast(Awaitable[Any], self._name(keys=[key], args=[asked, named]))
        except RedisError as error:  # it counts as one without an answer, for a while
            log.warning("a launch could not be named: %s", error)

    async def _let_through(self, key: str, asked: str) -> None:
        limits = [self._per_minute, self._most, _RATE_MS, _HELD_MS, _KEPT_S]
        keys = [key, self._keys.live_sessions()]
        try:
            answer = self._admit(keys=keys, args=[asked, *limits])
            outcome, wait_ms = await cast(Awaitable[Any], answer)
        except RedisError as error:
            raise translated(error) from error
        if outcome == "often":
            raise RateLimited(
                f"This client may launch {self._per_minute} sessions a minute; "
                f"try again in {math.ceil(wait_ms / 1000)} s."
            )
        if outcome == "many":
            raise RateLimited(
                f"This client has {self._most} sessions of its own, which is the most; "
                "try again when one has ended (stop_session)."
            )
