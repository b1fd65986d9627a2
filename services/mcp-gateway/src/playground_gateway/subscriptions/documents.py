"""Documents that clients follow, each or in a session's list: looked at as long as they do."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress

from mcp.server.subscriptions import ResourcesListChanged, ResourceUpdated
from redis.exceptions import RedisError

from playground.documents.shelf import Shelf
from playground_gateway.subscriptions.bus import Announced, Bus

log = logging.getLogger(__name__)

_LOOKED_EVERY_S = 1.0
_KIND = "doc://"


class Documents:
    """Tells of documents that are read further, are ready, have failed, or are taken away."""

    def __init__(self, shelf: Shelf, bus: Bus) -> None:
        self._shelf = shelf
        self._bus = bus

    @asynccontextmanager
    async def followed(self, uris: Iterable[str]) -> AsyncGenerator[None]:
        """Look at the documents among *uris* for the block; what is seen first is no news."""
        found = {uri for uri in uris if uri.startswith(_KIND)}
        seen = {uri: await self._look(uri) for uri in found}
        tasks = [
            asyncio.create_task(self._follow(uri, first), name=f"{uri}, followed")
            for uri, first in seen.items()
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, uri: str, seen: object) -> None:
        while True:
            await asyncio.sleep(_LOOKED_EVERY_S)
            now = await self._look(uri)
            if now != seen:
                seen = now
                self._bus.tell(Announced(ResourceUpdated(uri)))

    async def _look(self, uri: str) -> object:
        while True:
            try:
                return await self._shelf.find(uri.removeprefix(_KIND))
            except RedisError as error:
                log.warning("documents: Redis is away (%s); trying again", error)
                await asyncio.sleep(_LOOKED_EVERY_S)


class DocumentLists:
    """Tells at a session's own address of documents that come into its list, or leave it."""

    def __init__(self, shelf: Shelf, bus: Bus) -> None:
        self._shelf = shelf
        self._bus = bus
        self._known: dict[str, list[str]] = {}

    async def run(self) -> None:
        """Look, and tell what has changed, until cancelled.

        The first look is as soon as anybody listens at an address: what changes after it is news.
        """
        while True:
            if not self._bus.heard.is_set():
                self._known = {}
                await self._bus.heard.wait()
            try:
                await self._look()
            except RedisError as error:
                log.warning("lists of documents: Redis is away (%s); trying again", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bus.newcomer.wait(), _LOOKED_EVERY_S)

    async def _look(self) -> None:
        self._bus.newcomer.clear()
        sessions = self._bus.sessions()
        now = {name: await self._shelf.ids_of_conversation(name) for name in sessions}
        before, self._known = self._known, now
        for name, ids in now.items():
            if before.get(name, ids) != ids:
                self._bus.tell(Announced(ResourcesListChanged(), name))
