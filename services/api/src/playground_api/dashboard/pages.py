"""The dashboard's pages and the rows of its list of sessions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from playground.scenarios.model import Scenario
from playground.sessions.model import Session
from playground_api.control import Control
from playground_api.dashboard.rendering import html, page

ROWS = 50


@dataclass(frozen=True)
class Row:
    """A session in the list; its scenario's file may be gone."""

    session: Session
    scenario: Scenario | None


@dataclass(frozen=True)
class Pages:
    """Renders what a browser sees. Methods may raise redis-py's errors."""

    control: Control
    workers_alive: Callable[[], Awaitable[int]]

    async def sessions(self, request: Request) -> HTMLResponse:
        """The sessions alone."""
        rows, workers = await self.rows(), await self.workers_alive()
        return page(request, "sessions.html", rows=rows, workers=workers)

    async def rows(self, limit: int = ROWS) -> list[Row]:
        """The newest sessions."""
        found = await self.control.page(limit=limit)
        return [self._row(session) for session in found.items]

    async def all_rows_swapped(self) -> tuple[str, set[str]]:
        """The whole list for htmx to put in place, and the ids in it."""
        rows = await self.rows()
        return html("swap_rows.html", rows=rows), {row.session.id for row in rows}

    def row_swapped(self, session: Session, *, known: bool) -> str:
        """One row for htmx: in the place of its former self, or as the first of the list."""
        return html("swap_row.html", row=self._row(session), known=known)

    def _row(self, session: Session) -> Row:
        scenarios = self.control.scenarios.all()
        return Row(session, next((s for s in scenarios if s.name == session.scenario), None))
