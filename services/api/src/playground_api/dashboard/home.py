"""The front page: scenarios to launch from, and what goes on, which is live."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sse_starlette import EventSourceResponse

from playground.models import note_on
from playground_api.dashboard.cards import cards
from playground_api.dashboard.launch_routes import new_key
from playground_api.dashboard.pages import Pages
from playground_api.dashboard.preferences import Opening, opening
from playground_api.dashboard.rendering import html, page
from playground_http.sse import event, stream

EVENT = "recent"
RECENT = 6


@dataclass(frozen=True)
class Home:
    """Renders the front page. Methods may raise redis-py's errors."""

    pages: Pages

    async def front(self, request: Request) -> HTMLResponse:
        """The whole page."""
        control = self.pages.control
        return page(
            request,
            "home.html",
            cards=cards(await control.library.all(), control.default_model),
            broken=await control.library.broken(),
            demo_model=note_on(control.default_model) is not None,
            key=new_key(),
            opening=opening(request),
            rows=await self.pages.rows(RECENT),
            workers=await self.pages.workers_alive(),
        )

    async def live(self, preferred: Opening) -> AsyncGenerator[bytes]:
        """The newest sessions now, and whenever they look different."""
        changes = self.pages.control.changes
        start = await changes.newest_id()
        shown = await self._recent(preferred)
        yield event(EVENT, shown)
        async for _ in changes.follow(start):
            now = await self._recent(preferred)
            if now != shown:
                shown = now
                yield event(EVENT, shown)

    async def _recent(self, preferred: Opening) -> str:
        rows, workers = await self.pages.rows(RECENT), await self.pages.workers_alive()
        return html("recent.html", rows=rows, workers=workers, opening=preferred)


def home_router(home: Home) -> APIRouter:
    """`/`, and what goes on as it changes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def front(request: Request) -> Response:
        return await home.front(request)

    @router.get("/live")
    async def live(request: Request) -> EventSourceResponse:
        return stream(home.live(opening(request)))

    return router
