"""Whose work a document is: the process that reads or embeds it holds a lease, which expires.

A document whose process died is found here by another one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import cast

from redis.exceptions import RedisError

from playground.identifiers import new_id
from playground.keys import Keys
from playground.redis_connection import Redis

LEASE_MS = 10_000
_RENEWED_EVERY_S = 3.0


class NotOurs(Exception):
    """Another process works on this document."""


class Work:
    """The documents in work, and the leases on them. May raise redis-py's errors."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._name = new_id("reader")

    @asynccontextmanager
    async def on(self, document_id: str) -> AsyncGenerator[None]:
        """Hold the document for the block; it counts as done at its end. Raises NotOurs.

        A block that is cancelled leaves the document to be found by another process at once.
        """
        key = self._keys.document_lease(document_id)
        if not await self._redis.set(key, self._name, px=LEASE_MS, nx=True):
            raise NotOurs
        await self._redis.sadd(self._keys.documents_in_work(), document_id)
        renewing = asyncio.create_task(self._renew(key), name=f"lease of {document_id}")
        try:
            yield
            await self.done(document_id)
        finally:
            renewing.cancel()
            with suppress(RedisError):
                await self._redis.delete(key)

    async def done(self, document_id: str) -> None:
        """Nobody has to work on the document any more."""
        await self._redis.srem(self._keys.documents_in_work(), document_id)

    async def abandoned(self) -> list[str]:
        """Ids of documents that are in work, and on which nobody works."""
        key = self._keys.documents_in_work()
        ids = sorted(await cast(Awaitable[set[str]], self._redis.smembers(key)))
        held = [await self._redis.exists(self._keys.document_lease(one)) for one in ids]
        return [one for one, is_held in zip(ids, held, strict=True) if not is_held]

    async def _renew(self, key: str) -> None:
        while True:
            await asyncio.sleep(_RENEWED_EVERY_S)
            with suppress(RedisError):
                await self._redis.set(key, self._name, px=LEASE_MS)
