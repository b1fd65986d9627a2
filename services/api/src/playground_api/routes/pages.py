"""A session's page: the way to it, and its process's log."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import PlainTextResponse, RedirectResponse

from playground.errors import SessionEnded, SessionNotReady
from playground.sessions.model import Session
from playground_api.control import Control
from playground_api.log_tail import last_lines
from playground_api.outcomes import not_ready, refusal

OPEN_WAIT_S = 30.0
MAX_LINES = 5_000


async def page_address(control: Control, session_id: str, wait_s: float = OPEN_WAIT_S) -> str:
    """Where the session's page is, once it is ready.

    Raises what keeps it from being so: SessionEnded, what its launch failed of, SessionNotReady.
    """
    session = await control.settled(await control.get(session_id), wait_s)
    if refused := refusal(session):
        raise refused
    if session.url is None:
        raise not_ready(session)
    return session.url


def pages_router(control: Control) -> APIRouter:
    """`/v1/sessions/{id}/open` and `/logs`."""
    router = APIRouter(prefix="/v1/sessions/{session_id}", tags=["sessions"])

    @router.get("/open", status_code=303)
    async def open_page(session_id: str) -> RedirectResponse:
        address = await page_address(control, session_id)
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})

    @router.get("/logs", response_class=PlainTextResponse)
    def read_log(
        session: Annotated[Session, Depends(control.get)],
        tail: Annotated[int, Query(ge=1, le=MAX_LINES)] = 200,
    ) -> PlainTextResponse:
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return PlainTextResponse(last_lines(_log_of(session), tail), headers=headers)

    return router


def _log_of(session: Session) -> Path:
    handle = session.handle or session.last_handle
    named = handle.data.get("log") if handle else None
    if isinstance(named, str) and Path(named).is_file():
        return Path(named)
    if session.status.ended:
        raise SessionEnded(f"Session {session.id} has ended, and its page's log is gone.")
    raise SessionNotReady(f"Session {session.id} has no page yet, and so no log.")
