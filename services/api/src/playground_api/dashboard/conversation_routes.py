"""The addresses of a conversation's page: reading and following it, speaking, cancelling."""

from typing import Annotated

from fastapi import APIRouter, Form, Header, Query, Request, Response
from sse_starlette import EventSourceResponse

from playground.conversation.log import ConversationLog
from playground.conversation.model import is_entry_id
from playground.conversation.tail import ConversationTail
from playground.errors import PlaygroundError
from playground_api.dashboard.actions import ByHtmx, to
from playground_api.dashboard.chat_backend import ChatBackend
from playground_api.dashboard.conversation_live import LivePages
from playground_api.dashboard.conversation_page import ConversationPages
from playground_http.sse import stream

Said = Annotated[str, Form(max_length=1_000_000)]


def conversation_router(
    pages: ConversationPages, tail: ConversationTail, log: ConversationLog, chat: ChatBackend
) -> APIRouter:
    """`/sessions/{id}` and what its forms send."""
    live = LivePages(pages, tail)
    router = APIRouter(prefix="/sessions/{session_id}", include_in_schema=False)

    @router.get("")
    async def conversation(request: Request, session_id: str, all: bool = False) -> Response:
        return await pages.whole(request, session_id, everything=all)

    @router.get("/live")
    async def follow(
        session_id: str,
        after: Annotated[str | None, Query(max_length=41)] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventSourceResponse:
        await pages.control.get(session_id)  # once streaming, it is too late to say 404
        seen = last_event_id or after
        return stream(live.stream(session_id, seen if seen and is_entry_id(seen) else None))

    @router.post("/say")
    async def say(
        request: Request, session_id: str, text: Said, by_htmx: ByHtmx = False
    ) -> Response:
        await pages.control.get(session_id)
        try:
            # A form sends CR LF, which nobody has typed.
            await chat.begin_turn(session_id, text.replace("\r\n", "\n"))
        except PlaygroundError as error:
            if by_htmx:
                raise
            return await pages.whole(request, session_id, error=error, draft=text)
        return _done(session_id, by_htmx=by_htmx)

    @router.post("/again")
    async def again(session_id: str, by_htmx: ByHtmx = False) -> Response:
        await pages.control.get(session_id)
        await chat.begin_turn(session_id, None)
        return _done(session_id, by_htmx=by_htmx)

    @router.post("/cancel")
    async def cancel(session_id: str, by_htmx: ByHtmx = False) -> Response:
        await pages.control.get(session_id)
        await log.ask_to_cancel(session_id)
        return _done(session_id, by_htmx=by_htmx)

    return router


def _done(session_id: str, *, by_htmx: bool) -> Response:
    return Response(status_code=204) if by_htmx else to(f"/sessions/{session_id}#end")
