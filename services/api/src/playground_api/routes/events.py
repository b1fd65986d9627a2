"""Every change of every session, as it happens (contract §5)."""

import json
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, Header
from sse_starlette import EventSourceResponse

from playground.conversation.model import is_entry_id
from playground.errors import FieldError, InvalidRequest
from playground.redis_connection import Redis
from playground_api.control import Control
from playground_http.sse import event, stream


def events_router(control: Control, redis: Redis) -> APIRouter:
    """`/v1/events`."""
    router = APIRouter(prefix="/v1/events", tags=["sessions"])

    @router.get("", response_class=EventSourceResponse)
    async def follow_sessions(
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventSourceResponse:
        if last_event_id is not None and not is_entry_id(last_event_id):
            wrong = FieldError("Last-Event-ID", "use the id of an event of this stream")
            raise InvalidRequest("Last-Event-ID is not one of this stream.", errors=(wrong,))
        await redis.ping()  # once streaming, it is too late to say 503
        return stream(_events(last_event_id))

    async def _events(after: str | None) -> AsyncGenerator[bytes]:
        async for change in control.changes.follow(after):
            if change.owner == control.principal.name:
                yield event("session", json.dumps(change.session), change.id)

    return router
