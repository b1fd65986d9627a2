"""How much memory the sessions' pages hold: noted by the worker, shown by the API."""

from collections.abc import Awaitable, Mapping
from typing import Any, cast

from playground.keys import Keys
from playground.redis_connection import Redis

_KEPT_S = 15
"""What is older was noted by nobody that still looks."""


class PageMemory:
    """The bytes that each session's page held when the worker last looked."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._key = keys.page_memory()

    async def note(self, held: Mapping[str, int]) -> None:
        """What the pages hold now, by session, in the place of what was noted before."""
        pipe = self._redis.pipeline()
        pipe.delete(self._key)
        if held:
            pipe.hset(self._key, mapping=cast(Any, held))
            pipe.expire(self._key, _KEPT_S)
        await pipe.execute()

    async def held(self) -> dict[str, int]:
        """What was noted last; sessions whose page is not looked at are absent."""
        kept = await cast(Awaitable[Any], self._redis.hgetall(self._key))
        return {session_id: int(size) for session_id, size in kept.items()}
