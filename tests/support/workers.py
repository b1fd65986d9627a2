"""Doubles of the worker, named after what they do with the jobs that the API asks for.

They take jobs from RQ's own queue and move sessions in the store, as the worker does.
"""

import asyncio
import logging
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, cast

import redis as sync_redis
from rq import Queue
from rq.job import Job
from rq.results import Result

from playground.clock import now
from playground.errors import LaunchFailed, PlaygroundError
from playground.keys import Keys
from playground.redis_connection import UNREACHABLE, Redis, connect
from playground.sessions.jobs import BOUND, LAUNCH, PARK, QUEUE, READ_LOG, STOP
from playground.sessions.model import EndReason, Handle, Launch, Session, Status
from playground.sessions.store import SessionStore

log = logging.getLogger(__name__)


class WorkerThatLaunchesAtOnce:
    """Every session asked for is ready, and every one to be stopped has stopped, in a moment."""

    page = "http://127.0.0.1:8599"
    page_log = ""

    def __init__(self, redis_url: str, keys: Keys) -> None:
        self._url = redis_url
        self._keys = keys
        self.jobs: list[tuple[str, str]] = []

    async def __aenter__(self) -> Self:
        self._redis: Redis = connect(self._url)
        self._sync = sync_redis.Redis.from_url(self._url)
        self.store = SessionStore(self._redis, self._keys)
        await self._beat()
        self._task = asyncio.create_task(self._work())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._redis.zrem(self._keys.workers(), "double")
        await self._redis.aclose()
        self._sync.close()

    async def launch(self, session_id: str) -> None:
        """What this worker makes of a launch."""
        handle = Handle(launcher="process", slot="slot-1")
        await self.store.update(session_id, lambda s: s.moved(Status.STARTING, handle=handle))
        await self.store.update(session_id, self._ready)

    async def stop(self, session_id: str) -> None:
        """What this worker makes of a stop."""

        def stopped(session: Session) -> Session:
            ended = session.status.ended
            return session if ended else session.ended(Status.STOPPED, EndReason.USER)

        await self.store.update(session_id, stopped)

    async def park(self, session_id: str) -> None:
        """What this worker makes of a wish to park."""
        await self.store.update(session_id, lambda s: s.parked())

    async def bound(self, session_id: str) -> None:
        """Nothing is left to do when a session was given a waiting page."""

    async def read_log(self, session_id: str) -> None:
        """Nothing is left to do when the log has been read."""

    def _ready(self, session: Session) -> Session:
        return session.moved(Status.READY, url=self.page, ready_at=now(), launch=Launch(ms=12))

    async def _beat(self) -> None:
        await self._redis.zadd(self._keys.workers(), {"double": time.time()})
        await self._redis.expire(self._keys.workers(), 60)

    async def _work(self) -> None:
        """As the worker does, go on where Redis was away, on a machine that had stood still."""
        while True:
            with suppress(*UNREACHABLE):
                await self._next()

    async def _next(self) -> None:
        found = cast(
            Any, await self._redis.blpop([f"{Queue.redis_queue_namespace_prefix}{QUEUE}"], 1)
        )
        await self._beat()
        if found is not None:
            await self._do(*await asyncio.to_thread(self._taken, found[1]))

    def _taken(self, job_id: str) -> tuple[str, str]:
        job = Job.fetch(job_id, connection=self._sync)
        asked = (str(job.func_name), str(job.args[0]))
        if job.func_name == READ_LOG:
            Result.create(job, Result.Type.SUCCESSFUL, ttl=5, return_value=self.page_log)
        else:
            job.delete()
        return asked

    async def _do(self, name: str, session_id: str) -> None:
        self.jobs.append((name, session_id))
        steps = {
            LAUNCH: self.launch,
            STOP: self.stop,
            PARK: self.park,
            BOUND: self.bound,
            READ_LOG: self.read_log,
        }
        await steps[name](session_id)


class WorkerThatNeverAnswers(WorkerThatLaunchesAtOnce):
    """Takes jobs and does nothing about them."""

    async def launch(self, session_id: str) -> None:
        """Nothing."""

    async def stop(self, session_id: str) -> None:
        """Nothing."""


class WorkerThatNeverLaunches(WorkerThatLaunchesAtOnce):
    """Stops sessions, and has none of them ever get a page."""

    async def launch(self, session_id: str) -> None:
        """Nothing."""


class WorkerWhoseLaunchFails(WorkerThatLaunchesAtOnce):
    """Every launch fails of `error`."""

    error: PlaygroundError = LaunchFailed("The page ended before it was ready (exit code 1).")
    reason = EndReason.CRASHED

    async def launch(self, session_id: str) -> None:
        """A failure, after a start."""
        await self.store.update(session_id, lambda s: s.moved(Status.STARTING))
        await self.store.update(
            session_id, lambda s: s.ended(Status.FAILED, self.reason, self.error)
        )


class WorkerThatWaitsForAWord(WorkerThatLaunchesAtOnce):
    """Launches only once `go` is set."""

    def __init__(self, redis_url: str, keys: Keys) -> None:
        super().__init__(redis_url, keys)
        self.go = asyncio.Event()

    async def launch(self, session_id: str) -> None:
        """As its parent, later."""
        await self.go.wait()
        await super().launch(session_id)
