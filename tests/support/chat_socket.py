"""A client of `/ws/chat` for tests: real frames over a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.support.chat_backend import Event


class ChatClient:
    """Sends objects, receives events."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def ask(self, name: str, words: str, **more: Any) -> None:
        await self.send(session_id=name, input=words, **more)

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(20):
            return json.loads(await self.connection.recv())

    async def until_done(self, name: str) -> list[dict[str, Any]]:
        """What comes, to the `done` of the conversation *name*."""
        heard = [await self.next()]
        while (heard[-1]["event"], heard[-1].get("session_id")) != ("done", name):
            heard.append(await self.next())
        return heard

    async def refusal(self) -> dict[str, Any]:
        """The problem of the next event, which is an error without a place in the log."""
        told = await self.next()
        assert told["event"] == "error"
        assert "id" not in told
        return told["data"]


@asynccontextmanager
async def chat_socket(url: str, **options: Any) -> AsyncIterator[ChatClient]:
    """A socket of the backend at *url* for the block."""
    address = url.replace("http://", "ws://") + "/ws/chat"
    async with connect(address, max_size=None, **options) as connection:
        yield ChatClient(connection)


def as_events(heard: list[dict[str, Any]]) -> list[Event]:
    """What a socket has told, as a stream over HTTP would have."""
    return [
        Event(
            one["event"],
            one["data"] if isinstance(one["data"], str) else json.dumps(one["data"]),
            one.get("id"),
        )
        for one in heard
    ]
