"""A browser's tab on a page that another replica has: its WebSocket, passed on as it is."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from playground_gateway.mux.tab import GONE

_OPEN_WITHIN_S = 3
_LARGEST_MESSAGE = 512 * 1024 * 1024


async def pass_on(tab: WebSocket, address: str, path: str) -> None:
    """Serve *tab* from the replica at *address* until either goes.

    The door has checked the tab's Origin, and the other one's answers to loopback names.
    """
    place = urlsplit(address)
    offered = [Subprotocol(one) for one in tab.scope["subprotocols"]]
    try:
        socket = await connect(
            f"ws://localhost{path}",
            host=place.hostname,
            port=place.port,
            subprotocols=offered or None,
            compression=None,
            max_size=_LARGEST_MESSAGE,
            open_timeout=_OPEN_WITHIN_S,
            close_timeout=2,
            proxy=None,
        )
    except (OSError, InvalidHandshake, ConnectionClosed):
        await tab.close(GONE)  # it tries again by itself
        return
    async with socket:
        await tab.accept(socket.subprotocol)
        ways = [asyncio.create_task(_out(socket, tab)), asyncio.create_task(_in(tab, socket))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
    if tab.application_state is WebSocketState.CONNECTED:
        code = socket.close_code or GONE
        with suppress(RuntimeError):
            await tab.close(code if 1011 <= code <= 1013 else GONE)


async def _out(socket: ClientConnection, tab: WebSocket) -> None:
    with suppress(ConnectionClosed, WebSocketDisconnect):
        while True:
            await tab.send_bytes(await socket.recv(decode=False))


async def _in(tab: WebSocket, socket: ClientConnection) -> None:
    with suppress(ConnectionClosed, WebSocketDisconnect):
        while True:
            await socket.send(await tab.receive_bytes())
