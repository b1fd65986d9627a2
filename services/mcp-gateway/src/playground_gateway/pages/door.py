"""Who asks for a page of a `kind: app` session is led to it, or told why not."""

import logging
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from redis.exceptions import RedisError
from starlette.datastructures import URL
from starlette.responses import RedirectResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from playground.errors import PlaygroundError, SessionNotFound
from playground.redis_connection import translated
from playground_gateway.apps.addresses import PageAddress, PageAddresses
from playground_gateway.bridge.link import LinkLost
from playground_gateway.mux.pages import SharedPages
from playground_gateway.mux.tab import GONE, show
from playground_gateway.pages.files import PageFiles
from playground_gateway.replicas.passing_on import OtherReplicas
from playground_gateway.replicas.tabs import pass_on
from playground_http.problems import problem_response

log = logging.getLogger(__name__)

PATH = "/s"
_PLACE = re.compile(r"/(slot-[0-9A-Za-z-]{1,128})(/.*)?", re.DOTALL)
_STREAM = "/_stcore/stream"
_UPLOADS = "/_stcore/upload_file/"
_FOR_THE_GATEWAY_ALONE = "/_stcore/agent"
"""Streamlit's own door for tools, where an app has it open: it would go past the house's."""


class PageDoor:
    """Serves `/s/<slot>/...`: files over HTTP, a shared page's stream over a WebSocket."""

    def __init__(self, addresses: PageAddresses, pages: SharedPages, others: OtherReplicas) -> None:
        self._addresses = addresses
        self._pages = pages
        self._others = others
        self._files = PageFiles()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Serve for the block."""
        try:
            yield
        finally:
            await self._files.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = _PLACE.fullmatch(scope["path"].removeprefix(scope.get("root_path", "")))
        slot, path = place.groups() if place else ("", None)
        if place and path is None and scope["type"] == "http":
            await RedirectResponse(_with_slash(scope))(scope, receive, send)
            return
        try:
            address = await self._found(slot, path or "")
            elsewhere = await self._elsewhere(address, path or "")
        except PlaygroundError as error:
            await _refuse(error, scope, receive, send)
            return
        except RedisError as error:
            log.error("Redis: %s", error)
            await _refuse(translated(error), scope, receive, send)
            return
        below = f"{PATH}/{slot}"
        if scope["type"] == "websocket":
            tab = WebSocket(scope, receive, send)
            if elsewhere is not None:
                await pass_on(tab, elsewhere, f"{below}{path}")
            else:
                await self._stream(tab, address, path or "")
            return
        page, path = address.base_url, self._known_to_server(address, path or "/")
        if elsewhere is not None:
            page = f"{elsewhere}{below}"
        await self._files.pass_on(scope, receive, send, page=page, path=path, below=f"{below}/")

    async def _elsewhere(self, address: PageAddress, path: str) -> str | None:
        """Where the script session is, if this is about it and another replica has it."""
        if path != _STREAM and not path.startswith(_UPLOADS):
            return None
        return await self._others.elsewhere(address.session_id)

    def _known_to_server(self, address: PageAddress, path: str) -> str:
        """Browsers are not told the script session's id, which stands in where they put files."""
        page = self._pages.open_one(address.session_id)
        return page.with_secret(path) if page is not None and path.startswith(_UPLOADS) else path

    async def _found(self, slot: str, path: str) -> PageAddress:
        if path.startswith(_FOR_THE_GATEWAY_ALONE):
            raise SessionNotFound("There is no such page.")
        address = await self._addresses.of_slot(slot)
        if not address.is_app:
            raise SessionNotFound("There is no such page.")
        return address

    async def _stream(self, tab: WebSocket, address: PageAddress, path: str) -> None:
        if path != _STREAM:
            await tab.close(GONE)
            return

        async def used() -> None:
            with suppress(RedisError):  # noted late rather than the tab let go
                await self._addresses.note_use(address.session_id)

        try:
            page = await self._pages.of(address.session_id, address.base_url)
        except LinkLost:
            await tab.close(GONE)
            return
        await show(tab, page, used)


def _with_slash(scope: Scope) -> str:
    """Relative addresses of a page's files start from a folder."""
    url = URL(scope=scope)
    return f"{url.path}/" + (f"?{url.query}" if url.query else "")


async def _refuse(error: PlaygroundError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
    await problem_response(error)(scope, receive, send)
