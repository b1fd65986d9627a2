"""Sessions over REST: asking for them, reading, changing and ending them (contract §5)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from playground.conversation.log import ConversationLog
from playground.documents.shelf import Shelf
from playground.errors import SessionUnreadable
from playground.sessions.model import Session, Status
from playground_api.control import Control
from playground_api.requests import NewSession, SessionPatch
from playground_api.routes.answers import STOP_WAIT_S, IdempotencyKey, Wait, answer, launched, shown
from playground_api.schemas import SESSION_ANSWERS

Scenarios = Annotated[
    frozenset[Annotated[str, StringConstraints(max_length=100)]],
    Query(max_length=100, description="Only sessions of this scenario, or of any of several"),
]


def sessions_router(
    control: Control, conversations: ConversationLog, documents: Shelf
) -> APIRouter:
    """`/v1/sessions`."""
    router = APIRouter(prefix="/v1/sessions", tags=["sessions"])

    @router.post("", status_code=202, responses=SESSION_ANSWERS)
    async def create_session(
        wanted: NewSession, wait: Wait = 0, idempotency_key: IdempotencyKey = None
    ) -> Response:
        return await _launched(control, wanted, wait, idempotency_key)

    @router.get("")
    async def list_sessions(
        status: Status | None = None,
        scenario: Scenarios = frozenset(),
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
    ) -> dict[str, Any]:
        page = await control.page(status=status, scenarios=scenario, limit=limit, cursor=cursor)
        return {"items": [s.public() for s in page.items], "next_cursor": page.next_cursor}

    @router.get("/{session_id}", responses=SESSION_ANSWERS)
    async def get_session(session_id: str) -> Response:
        return await shown(control, await control.get(session_id))

    @router.patch("/{session_id}", responses=SESSION_ANSWERS)
    async def change_session(session_id: str, patch: SessionPatch) -> Response:
        return answer(await control.change(session_id, patch))

    @router.delete(
        "/{session_id}",
        responses=SESSION_ANSWERS | {204: {"description": "Nothing of it is left."}},
    )
    async def stop_session(
        session_id: str,
        purge: Annotated[
            bool, Query(description="Forget the record, the conversation and its documents too")
        ] = False,
    ) -> Response:
        session = await _stopped(control, session_id, unless_unreadable=purge)
        if session is not None and not (purge and session.status.ended):
            return answer(session, 200 if session.status.ended else 202)
        await documents.forget(session_id)
        await conversations.forget(session_id)
        await control.store.purge(session_id, owner=control.principal.name)
        return Response(status_code=204)

    return router


async def _stopped(control: Control, session_id: str, *, unless_unreadable: bool) -> Session | None:
    """The session once it has ended, or as it is; None for one whose record is broken."""
    try:
        return await control.stop(session_id, STOP_WAIT_S)
    except SessionUnreadable:
        if unless_unreadable:
            return None
        raise


async def _launched(
    control: Control, wanted: NewSession, wait_s: float, idempotency_key: str | None
) -> Response:
    asked = await control.launch(wanted, idempotency_key=idempotency_key)
    return await launched(control, asked, wait_s)
