"""When a page is ready: its server says so, and its script has run once to the end.

The first run imports what the script imports, so a person who opens the page waits for none of it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from playground_worker import page_protocol
from playground_worker.launchers.last_words import without_paths

_HEALTH = b"GET /_stcore/health HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"
_APP_RUNS_S = 3.0
_FAILED_IMPORTS = ("ModuleNotFoundError", "ImportError")


class NotReadyYet(Exception):
    """The page does not answer, or not as a page; it may yet."""


class ScriptBroken(Exception):
    """The page answers, but its script cannot be run, and why: waiting changes nothing."""


async def first_run(host: str, port: int) -> None:
    """Return once the page is healthy and its script has run once; the caller limits the time.

    A page whose socket listens before its server runs is waited for inside the one connection;
    one that does not listen yet raises NotReadyYet. Raises ScriptBroken.
    """
    async with _opened(host, port) as page:
        await _finished(page)


async def app_runs(host: str, port: int) -> None:
    """The same for an app, which may run for as long as it likes: a while of it is enough.

    A script that lacks something it imports is broken as well.
    """
    async with _opened(host, port) as page:
        try:
            async with asyncio.timeout(_APP_RUNS_S):
                await _finished(page, _refuse_failed_import)
        except TimeoutError:
            await page.send(page_protocol.STOP_SCRIPT)


@asynccontextmanager
async def _opened(host: str, port: int) -> AsyncGenerator[ClientConnection]:
    """A connection in which a run has been asked for. Its failures are NotReadyYet."""
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
            yield page
    except (OSError, EOFError, InvalidHandshake, WebSocketException, ValueError) as error:
        raise NotReadyYet(f"{type(error).__name__}: {error}") from error


async def _finished(page: ClientConnection, look: Callable[[bytes], None] = lambda _: None) -> None:
    """Wait for the run's end; one that ended early for another run is followed by that one.

    *look* sees every message. Raises ScriptBroken.
    """
    while True:
        message = await page.recv(decode=False)
        look(message)
        status = page_protocol.script_finished(message)
        if status == page_protocol.FINISHED_WITH_COMPILE_ERROR:
            raise ScriptBroken(
                "The page's script cannot be compiled; the session's log says where."
            )
        if status is not None and status != page_protocol.FINISHED_EARLY_FOR_RERUN:
            return


def _refuse_failed_import(message: bytes) -> None:
    kind, said = page_protocol.shown_exception(message) or ("", "")
    if kind in _FAILED_IMPORTS:
        raise ScriptBroken(f"The app's script cannot be run: {kind}: {without_paths(said)}.")


async def _healthy(host: str, port: int) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(_HEALTH % f"{host}:{port}".encode())
        status_line = await reader.readline()
    finally:
        writer.close()
    if b" 200 " not in status_line:
        raise NotReadyYet(f"health: {status_line[:60]!r}")
