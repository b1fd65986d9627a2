"""The pages that are open for tools: one client for each session, kept between calls.

A page's state (which page of the app, what its widgets hold) is its script session's, so a client
must outlive a call. One that no tool has used for a while is left; the next call opens it anew.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playground.errors import SessionNotReady
from playground_gateway.apps.addresses import PageAddress, PageAddresses
from playground_gateway.bridge.client import PageClient
from playground_gateway.bridge.link import Link, LinkLost

log = logging.getLogger(__name__)

_LOOKED_EVERY_S = 5.0
_GLANCE_S = 1.0
_FIRST_RUN_S = 10.0
"""How long a page is waited for before it is shown as it is: some scripts never end."""

Connect = Callable[[PageAddress], Awaitable[Link]]


@dataclass
class OpenPage:
    """A page and the client that is open on it."""

    address: PageAddress
    client: PageClient
    acting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while somebody's run goes on: callers take turns."""
    used_at: float = 0.0
    uses: int = 0


class OpenPages:
    """Opens pages, and closes those unused for *idle_s*, or the oldest beyond *most*."""

    def __init__(
        self, addresses: PageAddresses, connect: Connect, *, idle_s: float, most: int
    ) -> None:
        self._addresses = addresses
        self._connect = connect
        self._idle_s = idle_s
        self._most = most
        self._open: dict[str, OpenPage] = {}
        self._opening: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep pages for the block, and leave all of them in its end."""
        sweeping = asyncio.create_task(self._sweep(), name="open pages")
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            for session_id in list(self._open):
                await self.leave(session_id)

    @asynccontextmanager
    async def page(self, session_id: str) -> AsyncGenerator[OpenPage]:
        """The session's page, for one call; its first run has ended, or lasts.

        Raises what PageAddresses does, and SessionNotReady where the page does not answer.
        """
        address = await self._addresses.find(session_id)
        async with self._opening.setdefault(session_id, asyncio.Lock()):
            found = self._open.get(session_id)
            if found is None or found.client.lost or found.address.base_url != address.base_url:
                await self.leave(session_id)
                found = await self._opened(address)
                self._open[session_id] = found
        found.uses += 1
        found.used_at = asyncio.get_running_loop().time()
        try:
            yield found
        finally:
            found.uses -= 1
            found.used_at = asyncio.get_running_loop().time()

    def sessions(self) -> set[str]:
        """Those on whose page a client is open."""
        return set(self._open)

    async def _opened(self, address: PageAddress) -> OpenPage:
        await self._make_room()
        try:
            link = await self._connect(address)
        except LinkLost as error:
            raise SessionNotReady(f"The session's page does not answer: {error}.") from error
        client = PageClient(link)
        try:
            await client.start()
            await client.settled(_GLANCE_S if link.has_run else _FIRST_RUN_S)
        except BaseException:
            await client.close()
            raise
        return OpenPage(address, client)

    async def _make_room(self) -> None:
        while len(self._open) >= self._most:
            unused = [one for one in self._open.items() if not one[1].uses]
            if not unused:
                raise SessionNotReady("Too many pages are in use by tools now; try again shortly.")
            await self.leave(min(unused, key=lambda one: one[1].used_at)[0])

    async def leave(self, session_id: str) -> None:
        """Close the client on the session's page, if there is one."""
        page = self._open.pop(session_id, None)
        if page is not None:
            await page.client.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(_LOOKED_EVERY_S, self._idle_s))
            oldest = asyncio.get_running_loop().time() - self._idle_s
            for session_id, page in list(self._open.items()):
                if page.client.lost or (not page.uses and page.used_at < oldest):
                    await self.leave(session_id)
            for session_id, lock in list(self._opening.items()):
                if session_id not in self._open and not lock.locked():
                    del self._opening[session_id]
