"""What a browser does with a session: open (and so wake), park, stop, fork, rename."""

from typing import Annotated

from fastapi import APIRouter, Form, Header, Response
from fastapi.responses import RedirectResponse

from playground_api.control import Control
from playground_api.copies import Copies
from playground_api.requests import Fork, SessionPatch, Title
from playground_api.routes.answers import STOP_WAIT_S
from playground_api.routes.pages import page_address

Back = Annotated[str, Form(pattern=r"^/(sessions(/[\w-]{1,128})?)?$")]
At = Annotated[str | None, Form(min_length=1, max_length=128)]
ByHtmx = Annotated[bool, Header(alias="hx-request")]


def actions_router(control: Control, copies: Copies) -> APIRouter:
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

    @router.post("/rename")
    async def rename(
        session_id: str,
        title: Annotated[Title, Form()],
        back: Back = "/sessions",
        by_htmx: ByHtmx = False,
    ) -> Response:
        await control.change(session_id, SessionPatch(title=title))
        return Response(status_code=204) if by_htmx else to(back)

    @router.post("/fork")
    async def fork(session_id: str, at: At = None) -> Response:
        asked = await copies.fork(session_id, Fork(at=at))
        return to(f"/sessions/{asked.session.id}")

    return router


def to(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})
