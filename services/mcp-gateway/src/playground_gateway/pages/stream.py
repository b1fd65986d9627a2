"""A page's stream passed on as it is: messages between one browser's tab and its script session."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from playground_gateway.bridge.link import LARGEST_MESSAGE, OPEN_WITHIN_S
from playground_gateway.pages.headers import own_cookies

Used = Callable[[], Coroutine[Any, Any, None]]

GONE = 1012
"""The page is away: Streamlit's page in the browser tries again by itself."""


async def pass_stream(tab: WebSocket, page: str, used: Used) -> None:
    """Between *tab* and the server at *page*, until either goes. *used*: somebody did something."""
    cookies = own_cookies(value for name, value in tab.scope["headers"] if name == b"cookie")
    try:
        server = await connect(
            f"{page.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=[Subprotocol(name) for name in tab.scope["subprotocols"]] or None,
            additional_headers={"Cookie": cookies} if cookies else None,
            compression=None,
            max_size=LARGEST_MESSAGE,
            open_timeout=OPEN_WITHIN_S,
            close_timeout=2,
            proxy=None,
        )
    except (OSError, InvalidHandshake, ConnectionClosed):
        await tab.close(GONE)
        return
    async with server:
        await tab.accept(server.subprotocol)
        ways = [asyncio.create_task(_out(tab, server, used)), asyncio.create_task(_in(server, tab))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


async def _out(tab: WebSocket, server: ClientConnection, used: Used) -> None:
    try:
        while True:
            message = await tab.receive_bytes()
            await used()
            await server.send(message)
    except (WebSocketDisconnect, ConnectionClosed, KeyError):
        return


async def _in(server: ClientConnection, tab: WebSocket) -> None:
    try:
        while True:
            await tab.send_bytes(await server.recv(decode=False))
    except ConnectionClosed:
        await tab.close(GONE)
    except WebSocketDisconnect:
        return
