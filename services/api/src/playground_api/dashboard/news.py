"""What happened since a stream last looked: put in by whoever hears of it, taken all at once."""

import asyncio
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class News(Generic[T]):
    """A list that can be waited for. What comes while its reader is busy waits in it."""

    def __init__(self) -> None:
        self._waiting: list[T] = []
        self._ended = False
        self._something = asyncio.Event()

    def put(self, items: Iterable[T]) -> None:
        """Add to it."""
        self._waiting.extend(items)
        self._something.set()

    def end(self) -> None:
        """Nothing more comes."""
        self._ended = True
        self._something.set()

    async def next(self, within_s: float | None = None) -> list[T] | None:
        """All of it once there is something, nothing when the time is up, None at the end."""
        try:
            async with asyncio.timeout(within_s):
                await self._something.wait()
        except TimeoutError:
            return []
        self._something.clear()
        if self._ended:
            return None
        taken, self._waiting = self._waiting, []
        return taken
