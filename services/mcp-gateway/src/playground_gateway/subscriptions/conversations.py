"""The conversations that clients have subscribed to: followed as long as anybody waits for them."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass

from mcp.server.subscriptions import ResourceUpdated
from redis.exceptions import RedisError

from playground.conversation.history import ConversationHistory
from playground.conversation.tail import ConversationTail
from playground.errors import InvalidRequest
from playground.identifiers import conversation_name
from playground.keys import Keys
from playground.redis_connection import Redis
from playground_gateway.subscriptions.bus import Announced, Bus

log = logging.getLogger(__name__)

_BEGINNING, _END = "turn", "done"
"""The kinds of entries with which a whole message comes into the conversation."""


@dataclass
class _Followed:
    task: asyncio.Task[None]
    waiting: int = 0


class Conversations:
    """Tells of new messages in the conversations that are followed, whoever writes them."""

    def __init__(self, redis: Redis, keys: Keys, bus: Bus) -> None:
        self._tail = ConversationTail(redis, keys)
        self._history = ConversationHistory(redis, keys)
        self._bus = bus
        self._followed: dict[str, _Followed] = {}

    @asynccontextmanager
    async def followed(self, uris: Iterable[str]) -> AsyncGenerator[None]:
        """Follow those of *uris* that show conversations for the block, from its beginning on."""
        async with AsyncExitStack() as stack:
            for name in {_conversation(uri) for uri in uris} - {None}:
                await stack.enter_async_context(self._one(name or ""))
            yield

    @asynccontextmanager
    async def _one(self, name: str) -> AsyncGenerator[None]:
        if name not in self._followed:
            start = await self._newest(name)
            if name not in self._followed:  # nobody else has begun meanwhile
                following = self._follow(name, start)
                task = asyncio.create_task(following, name=f"conversation {name}, followed")
                self._followed[name] = _Followed(task)
        followed = self._followed[name]
        followed.waiting += 1
        try:
            yield
        finally:
            followed.waiting -= 1
            if not followed.waiting:
                del self._followed[name]
                followed.task.cancel()

    async def _newest(self, name: str) -> str:
        while True:
            try:
                return await self._history.last_entry_id(name)
            except RedisError as error:
                log.warning("conversations: Redis is away (%s); trying again", error)
                await asyncio.sleep(0.2)

    async def _follow(self, name: str, after: str) -> None:
        shown = (f"session://{name}/messages", f"app://{name}/page")
        async with aclosing(self._tail.batches(name, after)) as batches:
            async for batch in batches:
                if any(entry.kind in (_BEGINNING, _END) for entry in batch):
                    for uri in shown:
                        self._bus.tell(Announced(ResourceUpdated(uri)))


def _conversation(uri: str) -> str | None:
    """The conversation that is shown at *uri*, by its messages or a chat's page, if one is."""
    for kind, below in (("session://", "/messages"), ("app://", "/page")):
        if uri.startswith(kind) and uri.endswith(below):
            with suppress(InvalidRequest):
                return conversation_name(uri.removeprefix(kind).removesuffix(below))
    return None
