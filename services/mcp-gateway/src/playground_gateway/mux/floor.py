"""Whose turn it is on a page: any run that is asked for ends the one that goes on.

So one party's run is held until another's has ended, or has lasted so long that it may never end.
A party's own next run passes: that is what a person means who clicks again.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

_LONGEST_TURN_S = 30.0
_BEGINS_WITHIN_S = 10.0


class Floor:
    """Lets one party's run go on at a time."""

    def __init__(self) -> None:
        self._holder: object = None
        self._since = 0.0
        self._asked = False
        self._running = False
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def taken(self, party: object) -> AsyncGenerator[None]:
        """Wait for the party's turn; within the block its run is sent."""
        async with self._changed:
            while self._is_anothers(party):
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(0.01, self._left())):
                        await self._changed.wait()
            self._holder, self._since, self._asked = party, time.monotonic(), True
        yield

    async def begun(self) -> None:
        """A run has begun."""
        async with self._changed:
            self._asked, self._running = False, True

    async def ended(self) -> None:
        """The run has ended, for good."""
        async with self._changed:
            self._running = False
            self._changed.notify_all()

    async def left(self, party: object) -> None:
        """The party is gone; nobody waits for what it may have asked for."""
        async with self._changed:
            if self._holder is party:
                self._holder, self._asked = None, False
            self._changed.notify_all()

    def _is_anothers(self, party: object) -> bool:
        held = self._running or self._asked
        return held and self._holder not in (party, None) and self._left() > 0

    def _left(self) -> float:
        longest = _BEGINS_WITHIN_S if self._asked and not self._running else _LONGEST_TURN_S
        return self._since + longest - time.monotonic()
