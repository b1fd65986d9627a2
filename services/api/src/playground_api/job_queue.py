"""What the API asks of the worker: jobs by name on RQ's queue."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

import redis
from redis.exceptions import RedisError
from rq import Queue
from rq.job import Job

from playground.sessions.jobs import BOUND, LAUNCH, PARK, QUEUE, READ_LOG, STOP

log = logging.getLogger(__name__)

JOB_TIMEOUT_S = 120
WAITING_TTL_S = 600
RESULT_TTL_S = 60
FAILURE_TTL_S = 3_600
LOG_WAIT_S = 4


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
        self._asking: set[asyncio.Task[Job | None]] = set()

    async def prepare(self) -> None:
        """Connect and learn the server's version, so that the first launch need not."""
        with suppress(RedisError):
            await asyncio.to_thread(self._queue.get_redis_server_version)

    def launch(self, session_id: str) -> None:
        """Ask for the session's page."""
        self._ask(LAUNCH, session_id)

    def stop(self, session_id: str) -> None:
        """Ask for the session's end."""
        self._ask(STOP, session_id)

    def park(self, session_id: str) -> None:
        """Ask for the session's page to be given back."""
        self._ask(PARK, session_id)

    def follow_up_claim(self, session_id: str) -> None:
        """Ask for what follows when a session was given a page that waited."""
        self._ask(BOUND, session_id)

    async def read_log(self, session_id: str, lines: int) -> str:
        """The end of the log of the session's page; empty where no worker answers in time."""
        return await asyncio.to_thread(self._read_log, session_id, lines)

    async def close(self) -> None:
        """Let what was asked for reach Redis, and give the connections back."""
        await asyncio.gather(*self._asking)
        self._redis.close()

    def _ask(self, job: str, session_id: str) -> None:
        """In a thread, so that nobody waits for it: what is wanted stands in the record already."""
        asking = asyncio.create_task(asyncio.to_thread(self._enqueue, job, session_id))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)

    def _enqueue(self, job: str, *args: Any) -> Job | None:
        try:
            return self._queue.enqueue_call(
                job,
                args,
                timeout=JOB_TIMEOUT_S,
                ttl=WAITING_TTL_S,
                result_ttl=RESULT_TTL_S,
                failure_ttl=FAILURE_TTL_S,
            )
        except RedisError as error:
            log.warning("%s of %s is left to the janitor: Redis: %s", job, args[0], error)
            return None

    def _read_log(self, session_id: str, lines: int) -> str:
        job = self._enqueue(READ_LOG, session_id, lines)
        try:
            result = job.latest_result(timeout=LOG_WAIT_S) if job else None
        except RedisError as error:
            log.warning("the log of %s cannot be read: Redis: %s", session_id, error)
            return ""
        return str(result.return_value or "") if result else ""
