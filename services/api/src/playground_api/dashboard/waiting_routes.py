"""The wait for a session's page, which goes on by itself, and the page beside the dashboard."""

from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse

from playground.errors import PlaygroundError
from playground_api.control import settled
from playground_api.dashboard.actions import to
from playground_api.dashboard.error_pages import failure
from playground_api.dashboard.launch_form import texts_for
from playground_api.dashboard.launch_routes import new_key
from playground_api.dashboard.launching import Launching, steps
from playground_api.dashboard.preferences import opening
from playground_api.dashboard.rendering import page
from playground_api.routes.pages import page_address
from playground_http.sse import stream

OTHERS = 12


def waiting_router(launching: Launching) -> APIRouter:
    """Without JavaScript, the wait loads itself again; with it, it is live."""
    router = APIRouter(prefix="/sessions/{session_id}", include_in_schema=False)
    control = launching.control

    @router.get("/launching")
    async def wait(request: Request, session_id: str) -> Response:
        session = await launching.session(session_id)
        if settled(session):
            try:
                return to(await launching.way_on(session, opening(request)))
            except PlaygroundError as error:
                return failure(request, error, again=texts_for(session) | {"key": new_key()})
        return page(
            request,
            "launching.html",
            session=session,
            scenario=await launching.scenario(session),
            steps=steps(session),
            over=False,
            workers=await launching.workers_alive(),
        )

    @router.get("/launching/live")
    async def live(session_id: str) -> EventSourceResponse:
        await control.get(session_id)
        return stream(launching.live(session_id))

    @router.get("/split")
    async def split(request: Request, session_id: str) -> Response:
        address = await page_address(control, session_id)
        found = await control.page(limit=OTHERS)
        session = await control.get(session_id)
        return page(
            request,
            "split.html",
            session=session,
            scenario=await launching.scenario(session),
            address=address,
            others=[one for one in found.items if one.id != session_id and not one.status.ended],
        )

    return router
