"""When a page is ready: its server says so, and its script has run once to the end.

The first run imports what the script imports, so a person who opens the page waits for none of it.
"""

import asyncio

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from playground_worker import page_protocol

_HEALTH = b"GET /_stcore/health HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"


class NotReadyYet(Exception):
    """The page does not answer, or not as a page; it may yet."""


class ScriptBroken(Exception):
    """The page answers, but its script cannot be compiled: waiting changes nothing."""


async def first_run(host: str, port: int) -> None:
    """Return once the page is healthy and its script has run once; the caller limits the time.

    A page whose socket listens before its server runs is waited for inside the one connection;
    one that does not listen yet raises NotReadyYet. Raises ScriptBroken.
    """
    try:
        await _healthy(host, port)
        async with connect(
            f"ws://{host}:{port}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            compression=None,
            proxy=None,
            open_timeout=None,
            ping_interval=None,
            close_timeout=0.5,
            max_size=None,
        ) as page:
            await page.send(page_protocol.RERUN_SCRIPT)
            status = await _finished(page)
    except (OSError, EOFError, InvalidHandshake, WebSocketException, ValueError) as error:
        raise NotReadyYet(f"{type(error).__name__}: {error}") from error
    if status == page_protocol.FINISHED_WITH_COMPILE_ERROR:
        raise ScriptBroken


async def _finished(page: ClientConnection) -> int:
    """How the run ended. One that ended early for another run is followed by that one."""
    while True:
        message = await page.recv(decode=False)
        status = page_protocol.script_finished(message)
        if status is not None and status != page_protocol.FINISHED_EARLY_FOR_RERUN:
            return status


async def _healthy(host: str, port: int) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(_HEALTH % f"{host}:{port}".encode())
        status_line = await reader.readline()
    finally:
        writer.close()
    if b" 200 " not in status_line:
        raise NotReadyYet(f"health: {status_line[:60]!r}")
