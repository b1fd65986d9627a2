"""What a user does with the MCP door, by every client that there is for Python.

The same journey for each: list tools, launch a session, say something and hear it piece by piece,
read the conversation, cancel a long answer, launch another session and be told of it.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from fastmcp import Client as FastMcpClient
from langchain_core._api import suppress_langchain_beta_warning
from mcp.client import Client as SdkClient
from mcp_types import ResourceListChangedNotification

with suppress_langchain_beta_warning():
    from langchain.mcp import MCPAdapter

SHORT = "[[tokens=5 pace_ms=30]]"
LONG = "[[tokens=500 pace_ms=60]]"
SCENARIO = "helpdesk"


@dataclass(frozen=True)
class Journey:
    """What came of it. None: this client has no way to it."""

    tools: list[str]
    session_id: str
    text: str
    read: str
    pieces: list[str] | None = None
    cancelled: bool = False
    changed: bool | None = None


Heard = Callable[[str], None]


class Driver(Protocol):
    """A connected client, as the journey uses it."""

    @property
    def ears(self) -> "Ears | None":
        """What hears of changes, if this client can."""
        ...

    @property
    def streams(self) -> bool:
        """Whether it hands on the pieces of an answer."""
        ...

    async def tools(self) -> list[str]: ...

    async def call(self, name: str, arguments: dict[str, Any], heard: Heard) -> dict[str, Any]: ...

    async def read(self, uri: str) -> str: ...


@dataclass
class Ears:
    """What a client is told beside its calls."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, message: Any) -> None:
        if isinstance(message, ResourceListChangedNotification):
            self.changed.set()


Begun = Callable[[str], Awaitable[None]]
"""Waits until the long answer has begun in the session of that name."""


Connecting = Callable[[str, Any], AbstractAsyncContextManager[Driver]]


async def travelled(connecting: Connecting, mode: str, url: str, begun: Begun) -> Journey:
    """The whole of it."""
    pieces: list[str] = []
    async with connecting(url, mode) as driver:
        tools = await driver.tools()
        launching = {"scenario": SCENARIO, "wait_s": 10}
        name = (await driver.call("launch_session", launching, _nothing))["id"]
        asking = {"session_id": name, "message": SHORT}
        said = await driver.call("send_message", asking, pieces.append)
        read = await driver.read(f"session://{name}/messages")
        cancelled = await _left(driver, name, begun)
        await driver.call("launch_session", launching, _nothing)
        if driver.ears is not None:
            await asyncio.wait_for(driver.ears.changed.wait(), 10)
        return Journey(
            tools=tools,
            session_id=name,
            text=said["text"],
            read=read,
            pieces=pieces if driver.streams else None,
            cancelled=cancelled,
            changed=driver.ears and driver.ears.changed.is_set(),
        )


async def _left(driver: Driver, name: str, begun: Begun) -> bool:
    long = {"session_id": name, "message": LONG}
    call = asyncio.create_task(driver.call("send_message", long, _nothing))
    await begun(name)
    call.cancel()
    await asyncio.wait([call], timeout=10)
    return call.cancelled()


def _nothing(_: str) -> None:
    """Nobody listens."""


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
        self._heard = _nothing
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
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(SdkClient(url, mode=mode, message_handler=ears))
        if mode == "auto":
            await stack.enter_async_context(_listening(client, ears))
        yield Sdk(client, ears)


@asynccontextmanager
async def _listening(client: SdkClient, ears: Ears) -> AsyncGenerator[None]:
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
