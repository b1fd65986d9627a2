"""The bus of changes: what is announced at one replica is heard by the listeners of all."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from mcp.server.subscriptions import ResourceUpdated, ServerEvent
from redis.exceptions import RedisError

from playground.keys import Keys
from playground.redis_connection import BLOCK_MS, Redis, stream_entries
from playground_gateway.subscriptions.rhythm import Rhythm

log = logging.getLogger(__name__)

EVERYWHERE = "*"
WHOLE_PLAYGROUND = ""

_KEPT_S = 600
_KEPT = 1_000
_TRY_AGAIN_S = 0.2

Listener = Callable[[ServerEvent], None]


@dataclass(frozen=True)
class Announced:
    """A change, and at which address: EVERYWHERE, WHOLE_PLAYGROUND, or the one of a session."""

    event: ServerEvent
    at: str = EVERYWHERE


class Bus:
    """Hands changes to listeners, each at most four times a second.

    What every replica sees by itself is told here alone. An update that only this one can see is
    spread over a stream in Redis; while Redis is away, it waits.
    """

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._key = keys.mcp_changes()
        self._listeners: dict[object, tuple[str, Listener]] = {}
        self._to_spread: asyncio.Queue[str] = asyncio.Queue()
        self.heard = asyncio.Event()
        """Set while anybody listens here."""
        self.newcomer = asyncio.Event()
        """Set when somebody begins to listen here."""
        self.tell: Callable[[Announced], None] = Rhythm(self._hand_out)
        """Tell the listeners of this replica."""
        self.spread: Callable[[str], None] = Rhythm(self._to_spread.put_nowait)
        """Tell the listeners of every replica that the resource at a URI has changed."""

    def listen(self, at: str, listener: Listener) -> Callable[[], None]:
        """Have *listener* told what concerns that address; returns what ends it."""
        token = object()
        self._listeners[token] = (at, listener)
        self.heard.set()
        self.newcomer.set()

        def end() -> None:
            self._listeners.pop(token, None)
            if not self._listeners:
                self.heard.clear()

        return end

    def sessions(self) -> set[str]:
        """Those at whose own addresses anybody listens here."""
        return {at for at, _ in self._listeners.values()} - {WHOLE_PLAYGROUND}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Spread and hear for the block."""
        tasks = [
            asyncio.create_task(self._hear(), name="mcp changes, heard"),
            asyncio.create_task(self._spread(), name="mcp changes, spread"),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _hand_out(self, announced: Announced) -> None:
        for at, listener in list(self._listeners.values()):
            if announced.at in (EVERYWHERE, at):
                listener(announced.event)

    async def _spread(self) -> None:
        while True:
            uri = await self._to_spread.get()
            while not await self._written(uri):
                await asyncio.sleep(_TRY_AGAIN_S)

    async def _written(self, uri: str) -> bool:
        try:
            async with self._redis.pipeline() as step:
                step.xadd(self._key, {"uri": uri}, maxlen=_KEPT, approximate=True)
                step.expire(self._key, _KEPT_S)
                await step.execute()
        except RedisError as error:
            log.warning("changes for MCP clients: Redis is away (%s); trying again", error)
            return False
        return True

    async def _hear(self) -> None:
        last = ""
        while True:
            try:
                last = last or await self._newest()
                answer = await self._redis.xread({self._key: last}, block=BLOCK_MS)
                for entry_id, fields in stream_entries(answer):
                    last = entry_id
                    self.tell(Announced(ResourceUpdated(fields["uri"])))
            except RedisError as error:
                log.warning("changes for MCP clients: Redis is away (%s); trying again", error)
                await asyncio.sleep(_TRY_AGAIN_S)

    async def _newest(self) -> str:
        newest = cast(Any, await self._redis.xrevrange(self._key, count=1))
        return newest[0][0] if newest else "0-0"
