"""Writing a turn into the log while the model speaks: in batches, through Redis's absences.

The first event goes out at once, later ones at most every 30 ms, and every second without any the
lease is renewed. While Redis is away batches wait in here; each carries its number, so a batch
whose answer was lost is not written twice.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from redis.exceptions import RedisError

from playground.conversation.log import ConversationLog, Hold
from playground.conversation.model import Event
from playground.errors import PlaygroundError, StoreFull
from playground.redis_connection import translated

log = logging.getLogger(__name__)

T = TypeVar("T")

BATCH_S = 0.03
HEARTBEAT_S = 1.0
RETRY_S = 0.1
PATIENCE_S = 120.0
"""How long a turn waits for an absent Redis before it is left to the sweeper."""
FULL_PATIENCE_S = 5.0
"""The same for one that answers but cannot write: a full disk is seldom freed while one waits."""


class TurnWriter:
    """One turn's way into the log. `put` never waits; `run` writes until `finish`.

    After each write *learns* is told whether the turn is still ours (if not, `run` ends), and
    whether somebody wants it to end.
    """

    def __init__(
        self,
        conversations: ConversationLog,
        conversation_id: str,
        turn: str,
        *,
        learns: Callable[[Hold], None],
    ) -> None:
        self._log = conversations
        self._conversation_id = conversation_id
        self._turn = turn
        self._learns = learns
        self._pending: list[Event] = []
        self._number = 0
        self._something = asyncio.Event()
        self._finished = asyncio.Event()
        self.failure: PlaygroundError | None = None
        """Why the writer gave up, if it did."""

    def put(self, event: Event) -> None:
        """Have *event* written with the next batch."""
        self._pending.append(event)
        self._something.set()

    def finish(self) -> None:
        """Write nothing more: `run` ends once the batch on its way has arrived."""
        self._finished.set()
        self._something.set()

    def rest(self) -> list[Event]:
        """What `run` has left unwritten, for the turn's end to take along."""
        return self._pending

    async def run(self) -> None:
        """Write batches and renew the lease."""
        while True:
            await _within(HEARTBEAT_S, self._something)
            if self._finished.is_set():
                return
            batch, self._pending = self._pending, []
            self._something.clear()
            self._number += bool(batch)  # without events only the lease is renewed
            hold = await self._written(batch)
            self._learns(hold)
            if not hold.owned:
                return
            if batch:
                await _within(BATCH_S, self._finished)

    async def _written(self, batch: list[Event]) -> Hold:
        """Write *batch* under its number, again and again while Redis is away."""

        async def append() -> Hold:
            return await self._log.append(self._conversation_id, self._turn, self._number, batch)

        try:
            return await persistently(append)
        except RedisError as error:
            log.error("turn %s is left to be closed: %s", self._turn, error)
            self.failure = translated(error)
            return Hold(owned=False, cancelled=False)


async def persistently(attempt: Callable[[], Awaitable[T]]) -> T:
    """What *attempt* gives once Redis answers. Raises its last error when patience is at an end."""
    begun = time.monotonic()
    warned = False
    while True:
        try:
            return await attempt()
        except RedisError as error:
            full = isinstance(translated(error), StoreFull)
            if time.monotonic() - begun > (FULL_PATIENCE_S if full else PATIENCE_S):
                raise
            if not warned:
                log.warning("the store does not take a turn's words (%s); trying again", error)
                warned = True
            await asyncio.sleep(RETRY_S)


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for *event*, but not longer than *seconds*."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
