"""A consumer of the queue: RQ's worker in a process of its own, with one event loop for all jobs.

RQ's usual worker forks a work horse per job, which then has to connect anew; this one runs jobs
itself, and what a crash of it leaves is the janitor's to mend.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from types import FrameType
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import SimpleWorker
from rq.exceptions import StopRequested

from playground.sessions.jobs import QUEUE
from playground_worker import jobs
from playground_worker.settings import WorkerSettings
from playground_worker.wiring import LauncherSettings, Works, built

log = logging.getLogger(__name__)

_TTL_S = 20
"""RQ then waits for a job in turns of five seconds, and notices a silent loss of Redis."""
_AFTER_PARENT_S = 3.0


class Consumer(SimpleWorker):
    """Runs jobs in this process, one at a time, and finds Redis again within a second."""

    max_connection_wait_time = 1.0
    asked_to_stop = False

    def subscribe(self) -> None:
        """RQ's remote commands are not used; their thread would hold up every end for a second."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True
        super().request_stop(signum, frame)  # pyright: ignore[reportUnknownMemberType]


def consume(
    settings: WorkerSettings, launching: LauncherSettings, environment: Mapping[str, str]
) -> None:
    """Take jobs until SIGTERM, or until the parent is gone."""
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_leave_with_parent, daemon=True, name="watches the parent").start()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        works = runner.run(stack.enter_async_context(built(settings, launching, environment)))

        def run(step: Callable[[Works], Coroutine[Any, Any, Any]]) -> Any:
            return runner.run(step(works))

        try:
            with jobs.working_with(run):
                _work(settings.redis_url)
        finally:
            runner.run(stack.aclose())


def _work(redis_url: str) -> None:
    """RQ's loop, begun again whenever it gives up because of Redis."""
    while True:
        try:
            with redis.Redis.from_url(
                redis_url, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1)
            ) as client:
                consumer = Consumer(
                    [QUEUE], connection=client, worker_ttl=_TTL_S, log_job_description=False
                )
                consumer.work(logging_level="WARNING")
                if consumer.asked_to_stop:
                    return
        except StopRequested:
            return
        except redis.RedisError as error:
            log.warning("the consumer waits for Redis: %s", error)
        time.sleep(0.5)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _leave_with_parent() -> None:
    """The parent holds the other end of standard input, which ends however the parent died."""
    while os.read(0, 4096):  # not sys.stdin: its lock would break the end of the interpreter
        pass
    log.warning("the worker is gone; its consumer leaves")
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_AFTER_PARENT_S)
    os._exit(1)
