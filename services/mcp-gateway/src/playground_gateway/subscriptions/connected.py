"""A client of 2025-11-25: what it has subscribed to, and the stream on which it is told."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from mcp.server.connection import Connection
from mcp.server.subscriptions import PromptsListChanged, ResourceUpdated, ServerEvent

from playground_gateway.subscriptions.bus import Bus

Followed = Callable[[Iterable[str]], AbstractAsyncContextManager[None]]
"""What is at these addresses, followed for the block where nobody else tells of it."""


class Connected:
    """Tells one connection of every list that changes, and of the resources it has named.

    What waits to be told is a set: a client that reads slowly, or has no stream open for a while,
    is told once what happened often. *opened* returns when it has one.
    """

    def __init__(
        self,
        connection: Connection,
        opened: Callable[[], Awaitable[None]],
        bus: Bus,
        at: str,
        followed: Followed,
    ) -> None:
        self._connection = connection
        self._opened = opened
        self._followed = followed
        self._named: dict[str, AsyncExitStack] = {}
        self._waiting: dict[ServerEvent, None] = {}
        self._news = asyncio.Event()
        self._stop_listening = bus.listen(at, self._hear)
        self._telling = asyncio.create_task(self._tell(), name="a client's subscriptions")

    @property
    def named(self) -> int:
        """How many resources it has named."""
        return len(self._named)

    async def subscribe(self, uri: str) -> None:
        """Tell it of this resource too."""
        if uri not in self._named:
            stack = self._named[uri] = AsyncExitStack()
            await stack.enter_async_context(self._followed([uri]))

    async def unsubscribe(self, uri: str) -> None:
        """Tell it of this resource no longer."""
        self._waiting.pop(ResourceUpdated(uri), None)
        if (stack := self._named.pop(uri, None)) is not None:
            await stack.aclose()

    async def close(self) -> None:
        """The connection has ended."""
        self._stop_listening()
        self._telling.cancel()
        await asyncio.gather(self._telling, return_exceptions=True)
        for uri in list(self._named):
            await self.unsubscribe(uri)

    def _hear(self, event: ServerEvent) -> None:
        if not isinstance(event, ResourceUpdated) or event.uri in self._named:
            self._waiting[event] = None
            self._news.set()

    async def _tell(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await self._opened()
                event = next(iter(self._waiting), None)
                if event is not None:
                    del self._waiting[event]
                    await self._notify(event)

    async def _notify(self, event: ServerEvent) -> None:
        if isinstance(event, ResourceUpdated):
            await self._connection.send_resource_updated(event.uri)
        elif isinstance(event, PromptsListChanged):
            await self._connection.send_prompt_list_changed()
        else:
            await self._connection.send_resource_list_changed()
