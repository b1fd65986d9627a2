"""Leaving: what a worker that is stopped ends before it goes."""

import asyncio
import logging
from collections.abc import Sequence

from redis.exceptions import RedisError

from playground.errors import PlaygroundError
from playground.sessions.model import EndReason, Handle, Session
from playground.sessions.store import SessionStore
from playground_worker.launchers.protocol import Launcher
from playground_worker.lifecycle import Lifecycle

log = logging.getLogger(__name__)

_AT_ONCE = 32


async def end_sessions(
    store: SessionStore,
    launcher: Launcher,
    lifecycle: Lifecycle,
    *,
    others: bool,
    within_s: float,
) -> None:
    """End every session whose page runs here, and the last worker also those that have none yet.

    Pages are ended even where Redis cannot be told: the next worker's janitor sees to the records.
    """
    owned = await launcher.owned()
    try:
        async with asyncio.timeout(within_s):
            sessions = _to_end(await store.live(), owned, others=others)
            at_once = asyncio.Semaphore(_AT_ONCE)
            await asyncio.gather(*(_end(lifecycle, s, at_once) for s in sessions))
    except (RedisError, TimeoutError) as error:
        log.warning("sessions could not all be ended in Redis: %s", error or "it took too long")
    await asyncio.gather(*(launcher.stop(handle) for handle in await launcher.owned()))


def _to_end(sessions: Sequence[Session], owned: Sequence[Handle], *, others: bool) -> list[Session]:
    slots = {handle.slot for handle in owned}
    return [s for s in sessions if not others or s.slot in slots]


async def _end(lifecycle: Lifecycle, session: Session, at_once: asyncio.Semaphore) -> None:
    async with at_once:
        try:
            await lifecycle.stop(session.id, EndReason.SHUTDOWN)
        except PlaygroundError as error:
            log.warning("session %s could not be ended: %s", session.id, error.detail)
