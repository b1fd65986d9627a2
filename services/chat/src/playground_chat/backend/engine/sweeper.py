"""Closing the turns that a dead process left: any process of the chat backend does it for all."""

import asyncio
import logging
import time

from redis.exceptions import RedisError

from playground.conversation.appending import LEASE_MS
from playground.conversation.log import ConversationLog
from playground.errors import PlaygroundError
from playground_chat.backend.engine.activity import SessionActivity
from playground_chat.backend.engine.metrics import TurnMetrics
from playground_chat.backend.engine.turns import Turns

log = logging.getLogger(__name__)

EVERY_S = 1.0
GRACE_S = LEASE_MS / 1000


class Sweeper:
    """Looks every second for turns without a living owner, and ends them as interrupted.

    Leases run out while Redis is away though their owners live; so for the length of one lease
    after an absence nothing is closed.
    """

    def __init__(
        self,
        conversations: ConversationLog,
        turns: Turns,
        activity: SessionActivity,
        metrics: TurnMetrics,
    ) -> None:
        self._log = conversations
        self._turns = turns
        self._activity = activity
        self._metrics = metrics
        self._grace_until = 0.0

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            try:
                await self._sweep()
            except (RedisError, PlaygroundError) as error:
                self._grace_until = time.monotonic() + GRACE_S
                log.warning("sweeper: the store is away (%s); trying again", error)
            await asyncio.sleep(EVERY_S)

    async def _sweep(self) -> None:
        running = await self._log.running()
        if time.monotonic() < self._grace_until:
            return
        for conversation_id, turn in running:
            if self._turns.runs_here(conversation_id, turn):
                continue
            if await self._log.has_lease(conversation_id):
                continue
            turns = await self._log.close_abandoned(conversation_id, turn)
            if turns is not None:
                self._metrics.closed.inc()
                log.warning("turn %s of %s was abandoned; closed", turn, conversation_id)
                await self._activity.note(conversation_id, turns)
