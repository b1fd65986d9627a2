"""The addresses of the list of sessions: its page, and its rows as they change."""

from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse

from playground_api.control import Control
from playground_api.dashboard.live import live_rows
from playground_api.dashboard.pages import Pages
from playground_http.sse import stream


def dashboard_router(control: Control, pages: Pages) -> APIRouter:
    """Everything that a browser asks for by itself; not part of the REST contract."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sessions")
    async def sessions(request: Request) -> Response:
        return await pages.sessions(request)

    @router.get("/sessions/live")
    async def live() -> EventSourceResponse:
        return stream(live_rows(control, pages))

    return router
