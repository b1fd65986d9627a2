"""A bridge's client on a page, with the few things that tests ask of it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from playground_gateway.bridge.acting import Action, act, say
from playground_gateway.bridge.client import PageClient
from playground_gateway.bridge.files import upload
from playground_gateway.bridge.link import connect_directly
from playground_gateway.bridge.shown.actions import actions, widget_named
from playground_gateway.bridge.shown.outline import outline

SETTLES_WITHIN_S = 30


class Driven:
    """A page that a test drives."""

    def __init__(self, client: PageClient) -> None:
        self.client = client

    @property
    def view(self) -> str:
        return outline(self.client.state.tree, self.client.values)

    def action(self, key: str) -> dict[str, Any]:
        """What `actions` says of that widget."""
        told = actions(self.client.state.tree, self.client.values)
        return next(one for one in told if one["key"] == key)

    def values(self) -> dict[str, Any]:
        """The values of all widgets, by key."""
        told = actions(self.client.state.tree, self.client.values)
        return {one["key"]: one["value"] for one in told}

    async def act(self, click: str | None = None, **changes: Any) -> str:
        """Set widgets, click, and return the page when its run has ended."""
        return await self.do(Action(set=changes, click=click))

    async def do(self, action: Action) -> str:
        if await act(self.client, action):
            await self.settle()
        return self.view

    async def say(self, text: str, key: str = "say") -> str:
        await say(self.client, widget_named(self.client.state.tree, key), text)
        await self.settle()
        return self.view

    async def upload(self, key: str, name: str, content: bytes) -> str:
        if await upload(self.client, widget_named(self.client.state.tree, key), name, content):
            await self.settle()
        return self.view

    async def settle(self) -> None:
        assert await self.client.settled(SETTLES_WITHIN_S), f"still running: {self.view}"


@asynccontextmanager
async def driven(url: str) -> AsyncGenerator[Driven]:
    """A script session of its own at that server, its first run ended."""
    client = PageClient(await connect_directly(url))
    try:
        await client.start()
        page = Driven(client)
        await page.settle()
        yield page
    finally:
        await client.close()
