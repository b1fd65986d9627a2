"""Leaving: what a worker that is stopped ends before it goes."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from redis.exceptions import RedisError

from playground.errors import PlaygroundError, SessionNotFound
from playground.sessions.model import EndReason, Handle, Session, Status, Target
from playground_worker.lifecycle import Lifecycle
from playground_worker.wiring import Works

log = logging.getLogger(__name__)

_AT_ONCE = 32


async def leave_with_stack(works: Works, *, within_s: float) -> None:
    """Park every session that has a page: the whole stack is going, and may come back.

    What is queued or starting stays so, and is launched when the stack is there again.
    """
    try:
        async with asyncio.timeout(within_s):
            for session in await works.store.live():
                with suppress(SessionNotFound):  # it was forgotten meanwhile
                    await works.store.update(session.id, _parked_if_ready)
            await works.pool.drop(list(await works.pool.slots()))
    except (RedisError, TimeoutError) as error:
        log.warning("sessions could not all be parked: %s", error or "it took too long")
    await works.launcher.clear()


async def end_sessions(works: Works, *, others: bool, within_s: float) -> None:
    """End every session whose page runs here, and the last worker also those that have none yet.

    Pages are ended even where Redis cannot be told: the next worker's janitor sees to the records.
    """
    owned = await works.launcher.owned()
    try:
        async with asyncio.timeout(within_s):
            await works.pool.drop([handle.slot for handle in owned])
            sessions = _to_end(await works.store.live(), owned, others=others)
            at_once = asyncio.Semaphore(_AT_ONCE)
            await asyncio.gather(*(_end(works.lifecycle, s, at_once) for s in sessions))
    except (RedisError, TimeoutError) as error:
        log.warning("sessions could not all be ended in Redis: %s", error or "it took too long")
    await works.launcher.clear()


def _to_end(sessions: Sequence[Session], owned: Sequence[Handle], *, others: bool) -> list[Session]:
    slots = {handle.slot for handle in owned}
    return [s for s in sessions if not others or s.slot in slots]


async def _end(lifecycle: Lifecycle, session: Session, at_once: asyncio.Semaphore) -> None:
    async with at_once:
        try:
            await lifecycle.stop(session.id, EndReason.SHUTDOWN)
        except PlaygroundError as error:
            log.warning("session %s could not be ended: %s", session.id, error.detail)


def _parked_if_ready(session: Session) -> Session:
    if session.status is not Status.READY or session.target is Target.STOPPED:
        return session
    return session.parked()
