"""The internal API of session pages: a page names its slot's token, and learns what it shows."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel
from starlette.responses import Response

from playground.conversation.model import Door
from playground.errors import FieldError, InvalidRequest, Unauthorized
from playground.models import note_on
from playground.scenarios.model import Scenario
from playground.sessions.model import Session
from playground.sessions.slots import SlotStore
from playground_chat.backend.doors.desk import Desk, is_broken
from playground_chat.backend.doors.page_stream import page_events, session_of_page
from playground_chat.backend.doors.streams import checked_entry_id
from playground_http.sse import stream

_SHOWN_OF_SCENARIO = {
    "name", "title", "icon", "summary", "greeting", "starters", "inputs", "uploads", "kind",
}  # fmt: skip


class Said(BaseModel):
    """What a person has typed into a page."""

    input: str


class Inputs(BaseModel):
    """The inputs of a page's sidebar, all of them."""

    inputs: dict[str, Any]


class PageSession:
    """A dependency: the id of the session whose page asks. Raises Unauthorized."""

    def __init__(self, slots: SlotStore) -> None:
        self._slots = slots

    async def __call__(self, authorization: Annotated[str, Header()] = "") -> str:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized("A page names its slot's token: Authorization: Bearer ...")
        return await self._slots.session_of(token.strip())


def page_router(desk: Desk) -> APIRouter:
    """The routes below /internal/page, each for the session of the page that asks."""
    router = APIRouter(prefix="/internal/page", include_in_schema=False)
    page = Depends(PageSession(desk.slots))

    @router.get("")
    async def look(session_id: str = page) -> dict[str, Any]:
        session = await desk.sessions.get(session_id)
        scenario = desk.scenarios.get(session.scenario)
        way_back = f"{desk.settings.public_url.rstrip('/')}/sessions/{session_id}/open"
        frame = {**_frame(session, scenario), "way_back": way_back}
        return {**frame, **await _conversation(desk, session_id)}

    @router.get("/events", response_class=Response)
    async def events(after: str, session_id: str = page) -> Response:
        return stream(page_events(desk, session_id, checked_entry_id(after) or "0-0"))

    @router.post("/turns", status_code=202)
    async def say(said: Said, session_id: str = page) -> dict[str, str]:
        running = await desk.begin(session_id, said.input, door=Door.PAGE)
        message = running.question.message
        return {"turn": message.turn, "message_id": message.id}

    @router.post("/cancel", status_code=202)
    async def cancel(session_id: str = page) -> dict[str, bool]:
        return {"cancelled": await desk.turns.cancel(session_id)}

    @router.put("/inputs")
    async def put_inputs(given: Inputs, session_id: str = page) -> dict[str, Any]:
        change = _with_inputs(desk, given.inputs)
        return session_of_page(await desk.sessions.update(session_id, change))

    return router


def _with_inputs(desk: Desk, inputs: dict[str, Any]) -> Callable[[Session], Session]:
    def change(session: Session) -> Session:
        scenario = desk.scenarios.get(session.require_open().scenario)
        known = {one.key for one in scenario.inputs}
        kept = {key: value for key, value in session.inputs.items() if key in known}
        checked = scenario.checked_inputs({**kept, **inputs})
        broken = [key for key, value in checked.items() if is_broken(str(value))]
        if broken:
            errors = tuple(FieldError(f"inputs.{key}", "is not a whole text") for key in broken)
            raise InvalidRequest("Some inputs are not texts.", errors=errors)
        return session.model_copy(update={"inputs": checked})

    return change


def _frame(session: Session, scenario: Scenario) -> dict[str, Any]:
    return {
        "session": session_of_page(session),
        "scenario": scenario.model_dump(mode="json", include=_SHOWN_OF_SCENARIO),
        "model_note": note_on(session.model),
    }


async def _conversation(desk: Desk, session_id: str) -> dict[str, Any]:
    """The messages, and the cursor from which events follow them.

    Each is read after what it must not overtake: what happens meanwhile is in the messages, in the
    events, or in both, and a page knows messages by their ids.
    """
    newest = await desk.history.last_entry_id(session_id)
    start = await desk.history.running_turn_start(session_id)
    turn = (await desk.log.state(session_id)).running_turn if start else None
    messages = await desk.history.messages(session_id)
    asked = next((i for i, m in enumerate(messages) if m.turn == turn), len(messages))
    return {
        "messages": [message.public() for message in messages[: asked + 1]],
        "cursor": start or newest,
        "running": start is not None,
    }
