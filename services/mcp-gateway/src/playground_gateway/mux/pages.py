"""The shared pages that are open: one for each session.

One is left some time after its last party, so that what was done on it is there when the next tab
opens.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playground_gateway.bridge.link import Link
from playground_gateway.mux.shared import SharedPage

log = logging.getLogger(__name__)

_LOOKED_EVERY_S = 5.0

Connect = Callable[[str], Awaitable[Link]]
Changed = Callable[[str], None]


@dataclass
class _Open:
    base_url: str
    page: SharedPage
    empty_since: float | None = None


class SharedPages:
    """Opens shared pages, and leaves those that nobody has been attached to for *idle_s*."""

    def __init__(self, connect: Connect, *, idle_s: float) -> None:
        self.changed: Changed = lambda _session_id: None
        """Told the id of a session whose page shows something else now."""
        self._connect = connect
        self._idle_s = idle_s
        self._open: dict[str, _Open] = {}
        self._opening: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep pages for the block, and leave all of them in its end."""
        sweeping = asyncio.create_task(self._sweep(), name="shared pages")
        try:
            yield
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            for session_id in list(self._open):
                await self.leave(session_id)

    async def of(self, session_id: str, base_url: str) -> SharedPage:
        """The session's page, opened if need be. Raises LinkLost."""
        async with self._opening.setdefault(session_id, asyncio.Lock()):
            found = self._open.get(session_id)
            if found is not None and found.page.lost is None and found.base_url == base_url:
                found.empty_since = None
                return found.page
            await self.leave(session_id)
            page = SharedPage(await self._connect(base_url))
            page.changed = lambda: self.changed(session_id)
            page.start()
            self._open[session_id] = _Open(base_url, page)
            return page

    def sessions(self) -> set[str]:
        """Those whose page is open."""
        return set(self._open)

    def open_one(self, session_id: str) -> SharedPage | None:
        """The session's page, if it is open."""
        found = self._open.get(session_id)
        return found.page if found is not None else None

    async def leave(self, session_id: str) -> None:
        """Close the session's page, if it is open; everybody on it is dismissed."""
        found = self._open.pop(session_id, None)
        if found is not None:
            await found.page.close()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(_LOOKED_EVERY_S, self._idle_s))
            now = asyncio.get_running_loop().time()
            for session_id, one in list(self._open.items()):
                if one.page.parties:
                    one.empty_since = None
                elif one.empty_since is None:
                    one.empty_since = now
                empty = one.empty_since is not None and now - one.empty_since >= self._idle_s
                if one.page.lost is not None or empty:
                    await self.leave(session_id)
            for session_id, lock in list(self._opening.items()):
                if session_id not in self._open and not lock.locked():
                    del self._opening[session_id]
