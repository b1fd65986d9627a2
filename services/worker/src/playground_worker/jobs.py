"""The jobs that RQ runs by name (playground.sessions.jobs): each hands a session to the lifecycle.

RQ imports and calls these as plain functions, so what they work on is set by the consumer before
it takes its first job.
"""

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

from playground.errors import SessionNotFound
from playground_worker.lifecycle import Lifecycle

Run = Callable[[Callable[[Lifecycle], Awaitable[None]]], None]
"""Runs one step of a lifecycle to its end, in the process's own event loop."""

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
    _runners[-1](lambda lifecycle: lifecycle.launch(session_id))


def stop(session_id: str) -> None:
    """End a session; one that was forgotten meanwhile needs no ending."""

    async def stopped(lifecycle: Lifecycle) -> None:
        try:
            await lifecycle.stop(session_id)
        except SessionNotFound:
            return

    _runners[-1](stopped)
