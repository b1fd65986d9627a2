"""What a browser does with a session in the list: open (and so wake), park, stop."""

from typing import Annotated

from fastapi import APIRouter, Form, Header, Response
from fastapi.responses import RedirectResponse

from playground_api.control import Control
from playground_api.routes.answers import STOP_WAIT_S
from playground_api.routes.pages import page_address

Back = Annotated[str, Form(pattern=r"^/(sessions)?$")]
ByHtmx = Annotated[bool, Header(alias="hx-request")]


def actions_router(control: Control) -> APIRouter:
    """Forms that work without JavaScript; htmx sends the same and needs no page in return."""
    router = APIRouter(prefix="/sessions/{session_id}", include_in_schema=False)

    @router.get("/open")
    async def open_page(session_id: str) -> Response:
        return to(await page_address(control, session_id))

    @router.post("/stop")
    async def stop(
        session_id: str,
        back: Back = "/sessions",
        by_htmx: ByHtmx = False,
    ) -> Response:
        await control.stop(session_id, 0 if by_htmx else STOP_WAIT_S)
        return Response(status_code=204) if by_htmx else to(back)

    @router.post("/park")
    async def park(
        session_id: str,
        back: Back = "/sessions",
        by_htmx: ByHtmx = False,
    ) -> Response:
        await control.park(session_id, 0 if by_htmx else STOP_WAIT_S)
        return Response(status_code=204) if by_htmx else to(back)

    return router


def to(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})
