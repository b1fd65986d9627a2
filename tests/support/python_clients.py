"""The clients that there are for Python, as the journey of mcp_clients.py uses them."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastmcp import Client as FastMcpClient
from langchain_core._api import suppress_langchain_beta_warning
from mcp.client import Client as SdkClient
from mcp.client.streamable_http import streamable_http_client

from tests.support.balanced import Balanced
from tests.support.mcp_clients import Driver, Ears, Heard, nothing

with suppress_langchain_beta_warning():
    from langchain.mcp import MCPAdapter


class Sdk:
    """The `mcp` package's own client."""

    streams = True

    def __init__(self, client: SdkClient, ears: Ears) -> None:
        self._client = client
        self.ears = ears

    async def tools(self) -> list[str]:
        return [tool.name for tool in (await self._client.list_tools()).tools]

    async def call(self, name: str, arguments: dict[str, Any], heard: Heard) -> dict[str, Any]:
        async def told(progress: float, total: float | None, message: str | None) -> None:
            _ = progress, total
            heard(message or "")

        result = await self._client.call_tool(name, arguments, progress_callback=told)
        assert not result.is_error, result.content
        return result.structured_content or {}

    async def read(self, uri: str) -> str:
        (content,) = (await self._client.read_resource(uri)).contents
        return content.text  # pyright: ignore[reportAttributeAccessIssue]


class FastMcp:
    """FastMCP's client."""

    streams = True

    def __init__(self, client: FastMcpClient[Any], ears: Ears | None) -> None:
        self._client = client
        self.ears = ears

    async def tools(self) -> list[str]:
        return [tool.name for tool in await self._client.list_tools()]

    async def call(self, name: str, arguments: dict[str, Any], heard: Heard) -> dict[str, Any]:
        async def told(progress: float, total: float | None, message: str | None) -> None:
            _ = progress, total
            heard(message or "")

        result = await self._client.call_tool(name, arguments, progress_handler=told)
        return result.structured_content or {}

    async def read(self, uri: str) -> str:
        (content,) = await self._client.read_resource(uri)
        return content.text  # pyright: ignore[reportAttributeAccessIssue]


class LangChain:
    """`langchain.mcp`: the tools as an agent is given them; what else there is, of its client.

    In 2026-07-28 it calls tools past its client's progress handler.
    """

    def __init__(self, url: str, mode: Any) -> None:
        legacy = mode == "legacy"
        self.streams, self.ears = legacy, Ears() if legacy else None
        self._heard = nothing
        client = FastMcpClient(
            url, mode=mode, message_handler=self.ears, progress_handler=self._progress
        )
        self.adapter = MCPAdapter(client)

    async def tools(self) -> list[str]:
        self._tools = {tool.name: tool for tool in await self.adapter.list_tools()}
        return list(self._tools)

    async def call(self, name: str, arguments: dict[str, Any], heard: Heard) -> dict[str, Any]:
        self._heard = heard
        called = {"name": name, "args": arguments, "id": "call-1", "type": "tool_call"}
        message = await self._tools[name].ainvoke(called)
        assert message.status == "success", message.content
        return json.loads(message.content[0]["text"])

    async def read(self, uri: str) -> str:
        (content,) = await self.adapter.client.read_resource(uri)  # pyright: ignore
        return content.text  # pyright: ignore[reportAttributeAccessIssue]

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        _ = progress, total
        self._heard(message or "")


@asynccontextmanager
async def by_sdk(url: str, mode: Any) -> AsyncGenerator[Driver]:
    """By `mcp`."""
    ears = Ears()
    async with (
        SdkClient(url, mode=mode, message_handler=ears) as client,
        _listening(client, ears, mode),
    ):
        yield Sdk(client, ears)


@asynccontextmanager
async def by_turns(others: list[str], url: str, mode: Any) -> AsyncGenerator[Driver]:
    """By `mcp`, each of whose requests goes to another replica than the one before."""
    ears = Ears()
    async with (
        httpx2.AsyncClient(transport=Balanced(url, *others), timeout=30) as http,
        SdkClient(
            streamable_http_client(url, http_client=http), mode=mode, message_handler=ears
        ) as client,
        _listening(client, ears, mode),
    ):
        yield Sdk(client, ears)


@asynccontextmanager
async def _listening(client: SdkClient, ears: Ears, mode: str) -> AsyncGenerator[None]:
    """Have *ears* hear of changes; in 2025-11-25 they do by themselves."""
    if mode == "legacy":
        yield
        return
    async with client.listen(resources_list_changed=True) as events:

        async def hear() -> None:
            async for _ in events:
                ears.changed.set()

        task = asyncio.create_task(hear())
        yield
        task.cancel()


@asynccontextmanager
async def by_fastmcp(url: str, mode: Any) -> AsyncGenerator[Driver]:
    """By `fastmcp`, whose client has no `subscriptions/listen`."""
    ears = Ears() if mode == "legacy" else None
    async with FastMcpClient(url, mode=mode, message_handler=ears) as client:
        yield FastMcp(client, ears)


@asynccontextmanager
async def by_langchain(url: str, mode: Any) -> AsyncGenerator[Driver]:
    """By `langchain.mcp`, around a client of FastMCP."""
    driver = LangChain(url, mode)
    async with driver.adapter:
        yield driver
