"""How much memory the pages hold, noted for whoever looks at the list of sessions."""

import asyncio
import logging
from collections.abc import Sequence

from redis.exceptions import RedisError

from playground.errors import PlaygroundError
from playground.sessions.model import Session, Status
from playground.sessions.page_memory import PageMemory
from playground_worker.pages import Pages

log = logging.getLogger(__name__)

_WITHIN_S = 2.0


class MemoryNotes:
    """Asks the launcher and writes down what it says. It fails of nothing: it is a courtesy."""

    def __init__(self, pages: Pages, memory: PageMemory) -> None:
        self._pages = pages
        self._memory = memory

    async def note(self, sessions: Sequence[Session]) -> None:
        """What the pages of these *sessions* hold now."""
        handles = {s.id: s.handle for s in sessions if s.status is Status.READY and s.handle}
        try:
            async with asyncio.timeout(_WITHIN_S):
                held = await self._pages.memory(list(handles.values()))
                sizes = {i: held[h.slot] for i, h in handles.items() if h.slot in held}
                await self._memory.note(sizes)
        except (PlaygroundError, RedisError, TimeoutError, OSError) as error:
            log.info("what pages hold is not known: %s", error)
