"""The jobs that RQ runs by name (playground.sessions.jobs): each hands a session to the works.

RQ imports and calls these as plain functions, so what they work on is set by the consumer before
it takes its first job. What a job cannot do now is the janitor's to do again.
"""

import logging
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from playground.errors import PlaygroundError, SessionNotFound
from playground_worker.launchers.protocol import LOG_LINES
from playground_worker.wiring import Works

log = logging.getLogger(__name__)

T = TypeVar("T")
Run = Callable[[Callable[[Works], Coroutine[Any, Any, Any]]], Any]
"""Runs one step with the works to its end, in the process's own event loop."""

_runners: list[Run] = []


@contextmanager
def working_with(run: Run) -> Generator[None]:
    """For the block, jobs of this process are run by *run*."""
    _runners.append(run)
    try:
        yield
    finally:
        _runners.remove(run)


def launch(session_id: str) -> None:
    """Bring a session to ready, or to failed with the reason."""
    _run(lambda works: works.lifecycle.launch(session_id))


def stop(session_id: str) -> None:
    """End a session."""
    _run(lambda works: works.lifecycle.stop(session_id))


def park(session_id: str) -> None:
    """Park a session."""
    _run(lambda works: works.parking.park(session_id))


def bound(session_id: str) -> None:
    """Follow up a claim: the page is made to fit its session, and the pool is filled again."""

    async def followed_up(works: Works) -> None:
        try:
            await works.lifecycle.bound(session_id)
        finally:
            await works.pool_keeper.refill()

    _run(followed_up)


def read_log(session_id: str, lines: int) -> str:
    """The end of the log of a session's page; empty where there is no page."""

    async def read(works: Works) -> str:
        session = await works.store.find(session_id)
        if session is None or session.handle is None:
            return ""
        return await works.launcher.read_log(session.handle, min(lines, LOG_LINES))

    return _run(read) or ""


def _run(step: Callable[[Works], Coroutine[Any, Any, T]]) -> T | None:
    try:
        return _runners[-1](step)
    except SessionNotFound:  # it was forgotten meanwhile, and needs nothing
        return None
    except PlaygroundError as error:
        log.warning("a job is left to the janitor: %s", error.detail)
        return None
