"""Leases: names that one process holds while it renews them, and that else free themselves."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.exceptions import RedisError

from playground.identifiers import new_id
from playground.redis_connection import Redis

log = logging.getLogger(__name__)

_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
_RELEASE = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
)


class Leases:
    """Takes and keeps leases in the name of this process. Methods may raise redis-py's errors."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)

    @asynccontextmanager
    async def held(self, key: str, *, ttl_ms: int) -> AsyncGenerator[bool]:
        """Whether the lease is ours for the block; it is renewed until the block ends."""
        holder = new_id("lease")
        if not await self.take(key, holder, ttl_ms=ttl_ms):
            yield False
            return
        renewal = asyncio.create_task(self._keep(key, holder, ttl_ms))
        try:
            yield True
        finally:
            renewal.cancel()
            with suppress(RedisError):  # away: the lease ends by itself
                await self.release(key, holder)

    async def take(self, key: str, holder: str, *, ttl_ms: int) -> bool:
        """Take the lease, or renew it if *holder* has it. False while somebody else has it."""
        if await self._redis.set(key, holder, nx=True, px=ttl_ms):
            return True
        renewed: Any = await self._renew(keys=[key], args=[holder, ttl_ms])
        return bool(renewed)

    async def release(self, key: str, holder: str) -> None:
        """Give the lease back, if *holder* still has it."""
        await self._release(keys=[key], args=[holder])

    async def _keep(self, key: str, holder: str, ttl_ms: int) -> None:
        while True:
            await asyncio.sleep(ttl_ms / 4000)
            try:
                await self._renew(keys=[key], args=[holder, ttl_ms])
            except RedisError as error:
                log.warning("a lease could not be renewed: %s", error)
