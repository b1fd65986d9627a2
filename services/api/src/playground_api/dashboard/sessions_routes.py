"""The addresses of the list of sessions: its page, its rows as they change, stops of many."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Form, Header, Query, Request, Response
from sse_starlette import EventSourceResponse

from playground.sessions.model import Status
from playground_api.dashboard.actions import ByHtmx, to
from playground_api.dashboard.pending_stops import PendingStops
from playground_api.dashboard.rendering import fragment, page
from playground_api.dashboard.session_list import ROWS, SessionList, Wanted
from playground_api.dashboard.session_rows import RowTexts
from playground_api.dashboard.sessions_live import live_rows
from playground_http.sse import stream

Token = Annotated[str, Form(max_length=40)]
Ids = Annotated[list[Annotated[str, Form(max_length=128)]], Form(max_length=ROWS)]


def sessions_page_router(
    lists: SessionList, stops: PendingStops, workers_alive: Callable[[], Awaitable[int]]
) -> APIRouter:
    """`/sessions`."""
    router = APIRouter(prefix="/sessions", include_in_schema=False)
    texts = RowTexts()

    @router.get("")
    async def sessions(
        request: Request,
        wanted: Annotated[Wanted, Query()],
        undo: Annotated[str, Query(max_length=40)] = "",
    ) -> Response:
        cursor = await lists.control.changes.newest_id()
        return page(
            request,
            "sessions.html",
            listing=await lists.read(wanted),
            texts=texts,
            wanted=wanted,
            after=cursor,
            statuses=list(Status),
            scenarios=await lists.control.library.all(),
            workers=await workers_alive(),
            undo=undo,
            stopping=await stops.waiting(undo) if undo else 0,
        )

    @router.get("/live")
    async def live(
        wanted: Annotated[Wanted, Query()],
        after: Annotated[str | None, Query(max_length=41)] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventSourceResponse:
        return stream(live_rows(lists, texts, wanted, last_event_id or after))

    return router


def many_stops_router(stops: PendingStops) -> APIRouter:
    """`/sessions/stop` and `/sessions/undo`."""
    router = APIRouter(prefix="/sessions", include_in_schema=False)

    @router.post("/stop")
    async def stop_many(id: Ids, by_htmx: ByHtmx = False) -> Response:
        token = await stops.ask(list(dict.fromkeys(id)))
        if by_htmx:
            return fragment("undo.html", undo=token, stopping=len(set(id)))
        return to(f"/sessions?undo={token}")

    @router.post("/undo")
    async def undo(token: Token, by_htmx: ByHtmx = False) -> Response:
        in_time = await stops.undo(token)
        if by_htmx:
            return fragment("undone.html", in_time=in_time)
        return to("/sessions")

    return router
