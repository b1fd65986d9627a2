"""The streams that clients of 2025-11-25 keep open to be told of things: who has one open now."""

import asyncio
from collections.abc import Callable

from starlette.types import Message, Send


class StandingStreams:
    """Has what is to be told wait for the client's stream: before the first, and between two."""

    def __init__(self, is_open: Callable[[str], bool]) -> None:
        self._is_open = is_open
        self._awaited: dict[str, asyncio.Event] = {}

    async def opened(self, client: str) -> None:
        """Return when the client has its stream open; one waits for each client."""
        while not self._is_open(client):
            moved = self._awaited[client] = asyncio.Event()
            try:
                await moved.wait()
            finally:
                del self._awaited[client]

    def noting(self, client: str, send: Send) -> Send:
        """*send* for the answer to a client that asks for its stream: it is open before that ends.

        Every message is a reason to look, since the server takes a stream into its books only when
        it has told what came after the client's last event.
        """

        async def noting(message: Message) -> None:
            await send(message)
            if client in self._awaited:
                self._awaited[client].set()

        return noting
