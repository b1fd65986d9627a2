"""All about subscriptions, put together: the bus, what feeds it, and the servers it is heard on."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from playground.documents.shelf import Shelf
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.changes import SessionChanges
from playground_gateway.doors import Doors
from playground_gateway.mux.pages import SharedPages
from playground_gateway.policy.rules import Rules
from playground_gateway.subscriptions.bus import Bus
from playground_gateway.subscriptions.conversations import Conversations
from playground_gateway.subscriptions.documents import DocumentLists, Documents
from playground_gateway.subscriptions.serving import Subscriptions
from playground_gateway.subscriptions.sources import ScenarioNews, SessionNews


class News:
    """Feeds `subscriptions` with what happens, while it runs."""

    def __init__(
        self, redis: Redis, keys: Keys, doors: Doors, pages: SharedPages, rules: Rules
    ) -> None:
        bus = self._bus = Bus(redis, keys)
        conversations = Conversations(redis, keys, bus)
        shelf = Shelf(redis, keys)
        documents = Documents(shelf, bus)

        @asynccontextmanager
        async def followed(uris: Iterable[str]) -> AsyncGenerator[None]:
            named = list(uris)
            async with conversations.followed(named), documents.followed(named):
                yield

        self.subscriptions = Subscriptions(bus, followed, rules)
        changes = SessionChanges(redis, keys)
        self._running = (
            changes,
            SessionNews(changes, bus, rules),
            ScenarioNews(doors, bus, rules),
            DocumentLists(shelf, bus),
        )
        pages.changed = lambda session_id: bus.spread(f"app://{session_id}/page")

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Tell news for the block."""
        tasks = [
            asyncio.create_task(one.run(), name=f"mcp news, {type(one).__name__}")
            for one in self._running
        ]
        try:
            async with self._bus.running():
                yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
