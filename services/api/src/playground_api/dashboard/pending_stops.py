"""Stops of many sessions at once, which can be taken back for a few seconds."""

import asyncio
import json
import logging
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from redis.exceptions import RedisError

from playground.errors import PlaygroundError
from playground.keys import Keys
from playground.redis_connection import Redis
from playground_api.control import Control

log = logging.getLogger(__name__)

UNDO_S = 5.0
_KEPT_S = 60


class PendingStops:
    """Each batch stands in Redis until it is carried out or taken back, whichever comes first.

    So a replica of the API may take back what another was asked. A process that is killed meanwhile
    stops nothing; one that ends in good order carries out at once what it was asked.
    """

    def __init__(self, control: Control, redis: Redis, keys: Keys) -> None:
        self._control = control
        self._redis = redis
        self._keys = keys
        self._leaving = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """For the block stops can be asked for; at its end all that were are carried out."""
        try:
            yield
        finally:
            self._leaving.set()
            await asyncio.gather(*self._tasks)

    async def ask(self, session_ids: Sequence[str]) -> str:
        """Have these sessions stopped shortly; the answer is the word by which to take it back."""
        token = secrets.token_urlsafe(12)
        await self._redis.set(self._keys.pending_stop(token), json.dumps(session_ids), ex=_KEPT_S)
        task = asyncio.create_task(self._carry_out(token), name="pending stops")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return token

    async def waiting(self, token: str) -> int:
        """How many sessions are about to be stopped by what *token* names."""
        kept = await self._redis.get(self._keys.pending_stop(token))
        return len(json.loads(kept)) if kept else 0

    async def undo(self, token: str) -> bool:
        """Take it back; whether there was time for it."""
        return await self._redis.getdel(self._keys.pending_stop(token)) is not None

    async def _carry_out(self, token: str) -> None:
        try:
            async with asyncio.timeout(UNDO_S):
                await self._leaving.wait()
        except TimeoutError:
            pass
        try:
            kept = await self._redis.getdel(self._keys.pending_stop(token))
            for session_id in json.loads(kept) if kept else ():
                await self._stop(session_id)
        except RedisError as error:
            log.warning("sessions were not stopped: Redis is away (%s)", error)

    async def _stop(self, session_id: str) -> None:
        try:
            await self._control.stop(session_id, 0)
        except PlaygroundError as error:
            log.info("session %s was not stopped: %s", session_id, error.detail)
