"""The worker's main process: starts the others, shows life, keeps order, leaves cleanly."""

import asyncio
import logging
import os
import signal
import socket
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress

from redis.exceptions import RedisError

from playground.errors import PlaygroundError
from playground.identifiers import new_id
from playground_worker.heartbeat import Heartbeat
from playground_worker.leaving import end_sessions, leave_with_stack
from playground_worker.settings import WorkerSettings
from playground_worker.wiring import LauncherSettings, Works, built

log = logging.getLogger(__name__)

_RESTART_AFTER_S = 0.5
_CONSUMERS_LEAVE_WITHIN_S = 1.0
_SESSIONS_END_WITHIN_S = 2.5
_REDIS_ANSWERS_WITHIN_S = 0.5


async def supervise(
    settings: WorkerSettings,
    launching: LauncherSettings,
    environment: Mapping[str, str],
    *,
    consumer: Sequence[str],
) -> None:
    """Be the worker until SIGTERM or SIGINT. *consumer* is the command of one consumer."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with built(settings, launching, environment) as works:
        heartbeat = Heartbeat(works.redis, works.keys, _worker_id())
        keeping = [
            *(_keep_running(consumer) for _ in range(settings.workers)),
            _open(works, heartbeat),
            works.janitor.run(settings.janitor_every_s),
        ]
        tasks = [asyncio.create_task(keep) for keep in keeping]
        for task in tasks:
            task.add_done_callback(lambda done: _log_failure(done, stopping))
        await stopping.wait()
        log.info("the worker leaves")
        await _cancelled(tasks)
        await _leave(works, heartbeat, stop_sessions=settings.stop_sessions_on_exit)


async def _open(works: Works, heartbeat: Heartbeat) -> None:
    """Show life once launches are fast: when the fork server is there, or cannot be had."""
    await works.launcher.start()
    log.info("the worker is ready")
    await heartbeat.run()


async def _leave(works: Works, heartbeat: Heartbeat, *, stop_sessions: bool) -> None:
    others = False
    with suppress(RedisError, TimeoutError):
        async with asyncio.timeout(_REDIS_ANSWERS_WITHIN_S):
            await works.janitor.close()
            others = await heartbeat.others()
    try:
        await _leave_sessions(works, others=others, stop_sessions=stop_sessions)
    except PlaygroundError as error:  # the next worker finds what is left
        log.warning("what runs pages cannot be told to end them: %s", error.detail)
    with suppress(RedisError, TimeoutError):
        async with asyncio.timeout(_REDIS_ANSWERS_WITHIN_S):
            await heartbeat.leave()


async def _leave_sessions(works: Works, *, others: bool, stop_sessions: bool) -> None:
    if stop_sessions:
        await end_sessions(works, others=others, within_s=_SESSIONS_END_WITHIN_S)
        await works.launcher.close()
    elif not others and await works.launcher.is_going_down():
        log.info("the stack is going down: sessions are parked")
        await leave_with_stack(works, within_s=_SESSIONS_END_WITHIN_S)


async def _keep_running(command: Sequence[str]) -> None:
    """One consumer, replaced whenever it ends; it is asked to leave when this is cancelled."""
    while True:
        try:
            # It watches its standard input, and so learns of this process's end however that comes.
            consumer = await asyncio.create_subprocess_exec(*command, stdin=PIPE)
        except OSError as error:
            log.error("a consumer could not be started: %s", error)
            await asyncio.sleep(_RESTART_AFTER_S)
            continue
        try:
            code = await consumer.wait()
        except asyncio.CancelledError:
            await _end(consumer)
            raise
        log.warning("a consumer ended with code %s; another one is started", code)
        await asyncio.sleep(_RESTART_AFTER_S)


async def _end(consumer: Process) -> None:
    with suppress(ProcessLookupError):
        consumer.terminate()
        try:
            async with asyncio.timeout(_CONSUMERS_LEAVE_WITHIN_S):
                await consumer.wait()
        except TimeoutError:  # in the middle of a launch, which is given up
            consumer.kill()
            await consumer.wait()


def _log_failure(task: asyncio.Task[None], stopping: asyncio.Event) -> None:
    """None of a worker's tasks ends by itself: a worker without one leaves, to be started anew."""
    if not task.cancelled() and task.exception() is not None:
        log.error("the worker cannot go on", exc_info=task.exception())
        stopping.set()


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _worker_id() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{new_id('worker')}"
