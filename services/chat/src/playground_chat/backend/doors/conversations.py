"""A conversation by its name (contract §5, §6): what was said, what is being said, its cancel."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from playground.errors import SessionNotFound
from playground.identifiers import conversation_name
from playground_chat.backend.doors.desk import Desk
from playground_chat.backend.doors.streams import (
    checked_entry_id,
    events_since,
    sse,
    start_of_stream,
)
from playground_http.sse import stream


def conversations_router(desk: Desk) -> APIRouter:
    """Reading and cancelling."""
    router = APIRouter(tags=["chat"])

    @router.get(
        "/v1/sessions/{session_id}/stream",
        response_class=Response,
        responses={204: {"description": "No turn runs, and nothing follows the event id."}},
    )
    async def resume(
        session_id: str,
        last_event_id: Annotated[str | None, Header()] = None,
        last_event_id_given: Annotated[str | None, Query(alias="last_event_id")] = None,
    ) -> Response:
        name = conversation_name(session_id)
        seen = checked_entry_id(last_event_id or last_event_id_given)
        cursor = await start_of_stream(desk, name, seen)
        if cursor is None:
            return Response(status_code=204, headers={"Cache-Control": "no-store"})
        return stream(sse(events_since(desk, name, cursor)), finishing_s=desk.finishing_s)

    @router.post("/v1/sessions/{session_id}/cancel", status_code=202)
    async def cancel(session_id: str) -> dict[str, bool]:
        return {"cancelled": await desk.turns.cancel(conversation_name(session_id))}

    @router.get("/v1/sessions/{session_id}/messages")
    async def messages(
        session_id: str,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        before: Annotated[str | None, Query(max_length=128)] = None,
    ) -> dict[str, Any]:
        name = conversation_name(session_id)
        found = await desk.history.messages(name, limit=limit, before=before)
        if not found and not await _exists(desk, name):
            raise SessionNotFound(f"There is no session or conversation {name!r}.")
        return {"items": [message.public() for message in found]}

    return router


async def _exists(desk: Desk, name: str) -> bool:
    return (await desk.log.state(name)).exists or await desk.sessions.find(name) is not None
