"""The dashboard's addresses: pages, the live list, and the forms that launch and stop."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Header, Request, Response
from fastapi.responses import RedirectResponse
from sse_starlette import EventSourceResponse

from playground.errors import PlaygroundError
from playground_api.control import Control
from playground_api.dashboard.clicks import launched_by_click
from playground_api.dashboard.error_pages import failure
from playground_api.dashboard.live import live_rows
from playground_api.dashboard.pages import Pages
from playground_api.routes.pages import page_address
from playground_http.sse import stream

LAUNCH_WAIT_S = 60.0
STOP_WAIT_S = 8.0


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
            return _to(await page_address(control, session.id, LAUNCH_WAIT_S))
        except PlaygroundError as error:
            return failure(request, error, scenario=scenario, key=secrets.token_urlsafe(12))

    @router.get("/sessions/{session_id}/open")
    async def open_page(session_id: str) -> Response:
        return _to(await page_address(control, session_id))

    @router.post("/sessions/{session_id}/stop")
    async def stop(
        session_id: str,
        back: Annotated[str, Form(pattern=r"^/(sessions)?$")] = "/sessions",
        hx_request: Annotated[bool, Header()] = False,
    ) -> Response:
        await control.stop(session_id, 0 if hx_request else STOP_WAIT_S)
        return Response(status_code=204) if hx_request else _to(back)

    return router


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})
