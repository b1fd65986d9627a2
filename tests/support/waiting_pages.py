"""Pages that wait for a session, put out as a worker that lives does it."""

import time

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Handle
from playground.sessions.pool import NewPage, PagePool


class PagesOut:
    """A pool, and who puts pages of no process out into it."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self.pool = PagePool(redis, keys)

    async def beat(self) -> None:
        """A worker lives, or claims find no page."""
        await self._redis.zadd(self._keys.workers(), {"a worker": time.time()})
        await self._redis.expire(self._keys.workers(), 60)

    async def put(self, count: int = 1, *, config: str = "") -> list[NewPage]:
        """So many more pages wait, ready to be claimed."""
        await self.beat()
        made: list[NewPage] = []
        for _ in range(count):
            new = await self.pool.begin(size=1_000, per_second=1_000)
            assert new is not None
            assert await self.pool.put_out(new.slot.id, a_handle(new, config), address_of(new))
            made.append(new)
        return made


def a_handle(new: NewPage, config: str = "") -> Handle:
    """The handle of a page that no launcher has made."""
    data = {"host": "127.0.0.1", "port": 9, "published": 9, "config": config}
    return Handle(launcher="memory", slot=new.slot.id, data=data)


def address_of(new: NewPage) -> str:
    """An address that no other page has."""
    return f"http://127.0.0.1:9/{new.slot.id}/"
