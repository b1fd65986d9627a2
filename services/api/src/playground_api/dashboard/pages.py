"""What several pages of the dashboard show: the newest sessions, and whether a worker runs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playground_api.control import Control
from playground_api.dashboard.session_list import Row

ROWS = 50


@dataclass(frozen=True)
class Pages:
    """Reads it. Methods may raise redis-py's errors."""

    control: Control
    workers_alive: Callable[[], Awaitable[int]]

    async def rows(self, limit: int = ROWS) -> list[Row]:
        """The newest sessions."""
        found = await self.control.page(limit=limit)
        scenarios = await self.control.library.named(s.scenario for s in found.items)
        return [Row(session, scenarios.get(session.scenario)) for session in found.items]
