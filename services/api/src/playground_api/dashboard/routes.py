"""The dashboard's addresses: pages, the live list, and the form that launches."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sse_starlette import EventSourceResponse

from playground.errors import PlaygroundError
from playground_api.control import Control
from playground_api.dashboard.actions import to
from playground_api.dashboard.clicks import launched_by_click
from playground_api.dashboard.error_pages import failure
from playground_api.dashboard.live import live_rows
from playground_api.dashboard.pages import Pages
from playground_api.routes.pages import page_address
from playground_http.sse import stream

LAUNCH_WAIT_S = 60.0


def dashboard_router(control: Control, pages: Pages) -> APIRouter:
    """Everything that a browser asks for by itself; not part of the REST contract."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def front(request: Request) -> Response:
        return await pages.scenarios(request)

    @router.get("/sessions")
    async def sessions(request: Request) -> Response:
        return await pages.sessions(request)

    @router.get("/sessions/live")
    async def live() -> EventSourceResponse:
        return stream(live_rows(control, pages))

    @router.post("/launch")
    async def launch(
        request: Request,
        scenario: Annotated[str, Form(min_length=1, max_length=100)],
        key: Annotated[str, Form(max_length=100)] = "",
    ) -> Response:
        try:
            session = await launched_by_click(control, scenario, key)
            return to(await page_address(control, session.id, LAUNCH_WAIT_S))
        except PlaygroundError as error:
            return failure(request, error, scenario=scenario, key=secrets.token_urlsafe(12))

    return router
