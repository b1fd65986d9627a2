"""What a user does with the MCP door, by every client that there is for Python.

The same journey for each: list tools, launch a session, say something and hear it piece by piece,
read the conversation, cancel a long answer, launch another session and be told of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from mcp_types import ResourceListChangedNotification

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
        name = (await driver.call("launch_session", launching, nothing))["id"]
        asking = {"session_id": name, "message": SHORT}
        said = await driver.call("send_message", asking, pieces.append)
        read = await driver.read(f"session://{name}/messages")
        cancelled = await _left(driver, name, begun)
        await driver.call("launch_session", launching, nothing)
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
    call = asyncio.create_task(driver.call("send_message", long, nothing))
    await begun(name)
    call.cancel()
    await asyncio.wait([call], timeout=10)
    return call.cancelled()


def nothing(_: str) -> None:
    """Nobody listens."""
