"""The worker's sign of life, for readiness checks: renewed every two seconds."""

import asyncio
import logging
import time

from redis.exceptions import RedisError

from playground.keys import Keys
from playground.redis_connection import Redis

log = logging.getLogger(__name__)

EVERY_S = 2.0
FORGOTTEN_AFTER_S = 60


class Heartbeat:
    """The sign of one worker. Scores are Unix seconds."""

    def __init__(self, redis: Redis, keys: Keys, worker_id: str) -> None:
        self._redis = redis
        self._key = keys.workers()
        self._worker_id = worker_id

    async def run(self) -> None:
        """Beat until cancelled, also through an absence of Redis."""
        while True:
            try:
                await self.beat()
            except RedisError as error:
                log.warning("no heartbeat: %s", error)
            await asyncio.sleep(EVERY_S)

    async def beat(self) -> None:
        """Say that this worker lives, and forget those that have not said so for a minute."""
        moment = time.time()
        pipe = self._redis.pipeline()
        pipe.zadd(self._key, {self._worker_id: moment})
        pipe.zremrangebyscore(self._key, "-inf", moment - FORGOTTEN_AFTER_S)
        pipe.expire(self._key, FORGOTTEN_AFTER_S)
        await pipe.execute()

    async def leave(self) -> None:
        """Say that this worker is gone."""
        await self._redis.zrem(self._key, self._worker_id)

    async def others(self) -> bool:
        """Whether another worker has been heard of lately."""
        since = time.time() - 3 * EVERY_S
        living = await self._redis.zrangebyscore(self._key, since, "+inf")
        return any(name != self._worker_id for name in living)
