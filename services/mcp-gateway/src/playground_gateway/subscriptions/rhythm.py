"""How often one change is told: at once, and then not again before it has rested."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

REST_S = 0.25

What = TypeVar("What")


class Rhythm(Generic[What]):
    """Passes on what it is told. The same again within REST_S is told once more, at its end."""

    def __init__(self, out: Callable[[What], None]) -> None:
        self._out = out
        self._again: dict[What, bool] = {}
        """What rests, and whether it was told again meanwhile."""

    def __call__(self, what: What) -> None:
        if what in self._again:
            self._again[what] = True
            return
        self._again[what] = False
        asyncio.get_running_loop().call_later(REST_S, self._rested, what)
        self._out(what)

    def _rested(self, what: What) -> None:
        if self._again.pop(what):
            self(what)
