"""Adding to the logs of running turns: what many turns write at one time shares one round trip."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import cast

from playground.conversation.model import Event
from playground.conversation.scripts import APPEND_TO_TURNS
from playground.keys import Keys
from playground.redis_connection import Redis

LEASE_MS = 5_000
_TOGETHER = 100
"""How many turns' batches go in one round trip: Redis answers nobody else meanwhile."""


@dataclass(frozen=True)
class _Batch:
    """What one turn adds in one step, under a running number."""

    conversation_id: str
    turn: str
    number: int
    parts: Sequence[bytes]
    """Kind and data of each event."""


@dataclass(frozen=True)
class Appended:
    """What became of a batch: `ok`, `cancel` or `lost`, and the ids of its entries.

    A batch that was written before has no ids to tell.
    """

    outcome: str
    ids: Sequence[str]


class Appends:
    """Writes batches, one round trip at a time; those that come meanwhile go with the next one.

    A failure of Redis is raised to all whose batches went together. Each may have been written, and
    under its number is not written again.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._keys = keys
        self._append = redis.register_script(APPEND_TO_TURNS)
        self._waiting: list[tuple[_Batch, asyncio.Future[Appended]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def add(
        self, conversation_id: str, turn: str, number: int, events: Sequence[Event]
    ) -> Appended:
        """Write *events* as the turn's batch *number*, and renew its lease."""
        # Encoded here, so that a text which cannot be fails alone.
        parts = [part.encode() for event in events for part in (event.kind, event.data)]
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((_Batch(conversation_id, turn, number, parts), answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send(), name="appends")
        return await answer

    async def _send(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
                await self._written(together)
        finally:
            self._sending = None

    async def _written(self, together: Sequence[tuple[_Batch, asyncio.Future[Appended]]]) -> None:
        try:
            answers = await self._answers([batch for batch, _ in together])
        except Exception as error:  # whoever waits for it is to judge it
            for _, waiter in together:
                if not waiter.done():
                    waiter.set_exception(error)
            return
        for (_, waiter), (outcome, *ids) in zip(together, answers, strict=True):
            if not waiter.done():
                waiter.set_result(Appended(outcome, ids))

    async def _answers(self, batches: Sequence[_Batch]) -> list[list[str]]:
        keys, args = list[str](), list[str | int | bytes]([LEASE_MS])
        for batch in batches:
            name = batch.conversation_id
            keys += (
                self._keys.conversation(name),
                self._keys.conversation_log(name),
                self._keys.turn_lease(name),
            )
            args += (batch.turn, batch.number, len(batch.parts), *batch.parts)
        return await cast(Awaitable[list[list[str]]], self._append(keys=keys, args=args))
