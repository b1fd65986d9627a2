"""What the API asks of the worker: jobs by name on RQ's queue."""

import asyncio
import logging
from contextlib import suppress

import redis
from redis.exceptions import RedisError
from rq import Queue

from playground.sessions.jobs import LAUNCH, QUEUE, STOP

log = logging.getLogger(__name__)

JOB_TIMEOUT_S = 120
WAITING_TTL_S = 600
RESULT_TTL_S = 60
FAILURE_TTL_S = 3_600


class JobQueue:
    """Asks the worker to launch and to stop.

    A request that does not reach Redis is logged and forgotten: the session's record says what is
    wanted, and the worker's janitor asks again.
    """

    def __init__(self, redis_url: str) -> None:
        # RQ is synchronous and keeps bytes, so it has a client of its own.
        self._redis = redis.Redis.from_url(
            redis_url, socket_connect_timeout=2, socket_timeout=5, health_check_interval=30
        )
        self._queue = Queue(QUEUE, connection=self._redis)

    async def prepare(self) -> None:
        """Connect and learn the server's version, so that the first launch need not."""
        with suppress(RedisError):
            await asyncio.to_thread(self._queue.get_redis_server_version)

    async def launch(self, session_id: str) -> None:
        """Ask for the session's page."""
        await asyncio.to_thread(self._enqueue, LAUNCH, session_id)

    async def stop(self, session_id: str) -> None:
        """Ask for the session's end."""
        await asyncio.to_thread(self._enqueue, STOP, session_id)

    def close(self) -> None:
        """Give the connections back."""
        self._redis.close()

    def _enqueue(self, job: str, session_id: str) -> None:
        try:
            self._queue.enqueue_call(
                job,
                (session_id,),
                timeout=JOB_TIMEOUT_S,
                ttl=WAITING_TTL_S,
                result_ttl=RESULT_TTL_S,
                failure_ttl=FAILURE_TTL_S,
            )
        except RedisError as error:
            log.warning("%s of %s is left to the janitor: Redis: %s", job, session_id, error)
