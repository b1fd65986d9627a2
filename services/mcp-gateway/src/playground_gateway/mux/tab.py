"""A browser's tab on a shared page: the WebSocket of Streamlit's own page in the browser."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from google.protobuf.message import DecodeError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.link import LinkLost
from playground_gateway.mux.party import Party
from playground_gateway.mux.shared import SharedPage

Used = Callable[[], Coroutine[Any, Any, None]]

GONE = 1012
"""The page is away: Streamlit's page in the browser tries again by itself."""
_BEHIND = 1013
_NOT_UNDERSTOOD = 1002
_MOST_HELD = 100
"""Runs that a tab may have waiting for others' turns; nobody clicks so often."""


async def show(tab: WebSocket, page: SharedPage, used: Used) -> None:
    """Serve *tab* until it or the page goes. *used* is told whenever somebody does something."""
    offered = tab.scope["subprotocols"]
    await tab.accept(offered[0] if offered else None)
    party = Party(human=True)
    page.attach(party)
    wanted: asyncio.Queue[Proto] = asyncio.Queue(_MOST_HELD)
    ways = [
        asyncio.create_task(_out(tab, party), name="tab out"),
        asyncio.create_task(_in(tab, page, party, wanted, used), name="tab in"),
        asyncio.create_task(_asking(page, party, wanted), name="tab asking"),
    ]
    try:
        done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        code = next((task.result() for task in done if task.exception() is None), GONE)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        await page.detach(party)
    if code and tab.application_state is WebSocketState.CONNECTED:
        await tab.close(code)


async def _out(tab: WebSocket, party: Party) -> int:
    try:
        async for message in party.messages():
            await tab.send_bytes(message.SerializeToString())
    except WebSocketDisconnect:
        return 0
    return _BEHIND if party.behind else GONE


async def _in(
    tab: WebSocket, page: SharedPage, party: Party, wanted: asyncio.Queue[Proto], used: Used
) -> int:
    """A run waits for its turn; everything else, the stop button first of all, passes it by."""
    try:
        while True:
            said = await tab.receive_bytes()
            # Only now: the definitions are those of the server's release once it has told it.
            message: Proto = page.link.definitions.back_class.FromString(said)
            if message.WhichOneof("type") == "rerun_script":
                wanted.put_nowait(message)
            else:
                await page.take(party, message)
            await used()
    except WebSocketDisconnect:
        return 0
    except (DecodeError, KeyError):
        return _NOT_UNDERSTOOD
    except asyncio.QueueFull:
        return _BEHIND
    except LinkLost:
        return GONE


async def _asking(page: SharedPage, party: Party, wanted: asyncio.Queue[Proto]) -> int:
    try:
        while True:
            await page.take(party, await wanted.get())
    except LinkLost:
        return GONE
