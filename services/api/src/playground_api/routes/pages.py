"""A session's page: the way to it, giving it back and waking it, and its log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from playground.sessions.model import Session, Status
from playground_api.control import Control
from playground_api.outcomes import not_ready, refusal
from playground_api.page_logs import PageLogs
from playground_api.routes.answers import STOP_WAIT_S, Wait, answer, shown
from playground_api.schemas import SESSION_ANSWERS
from playground_http.problems import problem_response

OPEN_WAIT_S = 30.0
MAX_LINES = 1_000


async def page_address(control: Control, session_id: str, wait_s: float = OPEN_WAIT_S) -> str:
    """Where the session's page is, once it is ready.

    Raises what keeps it from being so: SessionEnded, what its launch failed of, SessionNotReady.
    """
    session = await control.get(session_id)
    if refusal(session) is None:
        session = await control.settled(await control.resume(session_id), wait_s)
    if refused := refusal(session):
        raise refused
    if session.url is None:
        raise not_ready(session)
    return session.url


def pages_router(control: Control, logs: PageLogs) -> APIRouter:
    """`/v1/sessions/{id}/open`, `/logs`, `/park` and `/resume`."""
    router = APIRouter(prefix="/v1/sessions/{session_id}", tags=["sessions"])

    @router.get("/open", status_code=303, response_class=Response)
    async def open_page(session_id: str) -> RedirectResponse:
        address = await page_address(control, session_id)
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})

    @router.get("/logs", response_class=PlainTextResponse)
    async def read_log(
        session: Annotated[Session, Depends(control.get)],
        tail: Annotated[int, Query(ge=1, le=MAX_LINES)] = 200,
    ) -> PlainTextResponse:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return PlainTextResponse(await logs.tail(session, tail), headers=headers)

    @router.post("/park", responses=SESSION_ANSWERS)
    async def park_session(session_id: str) -> Response:
        session = await control.park(session_id, STOP_WAIT_S)
        return answer(session, 200 if session.status is Status.PARKED else 202)

    @router.post("/resume", status_code=202, responses=SESSION_ANSWERS)
    async def resume_session(session_id: str, wait: Wait = 0) -> Response:
        session = await control.settled(await control.resume(session_id), wait)
        if wait and (refused := refusal(session)):
            return problem_response(refused)
        return await shown(control, session, 200 if session.status is Status.READY else 202)

    return router
