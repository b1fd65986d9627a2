"""Fragments that run every few seconds: it is the client that counts the seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from playground_gateway.bridge.state import AutoRerun

SHORTEST_S = 0.1


class Timers:
    """One task for each fragment that wants to be run again and again."""

    def __init__(self, run: Callable[[str], Awaitable[None]]) -> None:
        self._run = run
        self._tasks: dict[str, tuple[float, asyncio.Task[None]]] = {}

    def follow(self, wanted: Mapping[str, AutoRerun]) -> None:
        """Have timers for exactly these."""
        for fragment_id, (interval_s, task) in list(self._tasks.items()):
            kept = wanted.get(fragment_id)
            if kept is None or kept.interval_s != interval_s:
                task.cancel()
                del self._tasks[fragment_id]
        for fragment_id, one in wanted.items():
            if fragment_id not in self._tasks:
                task = asyncio.create_task(self._repeat(one), name=f"fragment-{fragment_id}")
                self._tasks[fragment_id] = (one.interval_s, task)

    def close(self) -> None:
        """Run none any more."""
        self.follow({})

    async def _repeat(self, one: AutoRerun) -> None:
        while True:
            await asyncio.sleep(max(one.interval_s, SHORTEST_S))
            await self._run(one.fragment_id)
