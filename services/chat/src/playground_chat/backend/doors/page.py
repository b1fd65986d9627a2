"""The internal API of session pages: a page names its slot's token, and learns what it shows."""

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from playground.conversation.model import Door, Message, in_force
from playground.scenarios.model import Scenario
from playground.sessions.model import Session
from playground_chat.backend.doors.desk import Desk
from playground_chat.backend.doors.page_stream import (
    message_of_page,
    page_events,
    session_of_page,
)
from playground_chat.backend.doors.page_token import PageSession
from playground_chat.backend.doors.streams import checked_entry_id
from playground_http.sse import stream

_SHOWN_OF_SCENARIO = {
    "name", "title", "icon", "summary", "greeting", "starters", "inputs", "uploads", "kind",
    "temperature", "layout",
}  # fmt: skip


class Said(BaseModel):
    """What a person has typed into a page; without it, the last question is answered anew."""

    input: str | None = None


def page_router(desk: Desk) -> APIRouter:
    """The routes below /internal/page, each for the session of the page that asks."""
    router = APIRouter(prefix="/internal/page", include_in_schema=False)
    page = Depends(PageSession(desk.slots))
    public_url = desk.settings.public_url.rstrip("/")

    @router.get("")
    async def look(session_id: str = page) -> dict[str, Any]:
        session = await desk.sessions.get(session_id)
        scenario = await desk.scenarios.get(session.scenario)
        ways = {
            "way_back": f"{public_url}/sessions/{session_id}/open",
            "export": f"{public_url}/v1/sessions/{session_id}/export",
        }
        return {**_frame(session, scenario), **ways, **await _conversation(desk, session_id)}

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

    return router


def _frame(session: Session, scenario: Scenario) -> dict[str, Any]:
    shown = scenario.model_dump(mode="json", include=_SHOWN_OF_SCENARIO)
    return {
        "session": session_of_page(session),
        "scenario": {**shown, "accent": scenario.own_accent},
    }


async def _conversation(desk: Desk, session_id: str) -> dict[str, Any]:
    """The messages, and the cursor from which events follow them.

    Each is read after what it must not overtake: what happens meanwhile is in the messages, in the
    events, or in both, and a page knows messages by their ids.
    """
    newest = await desk.history.last_entry_id(session_id)
    start = await desk.history.running_turn_start(session_id)
    turn = (await desk.log.state(session_id)).running_turn if start else None
    messages = in_force(await desk.history.messages(session_id))
    asked = next((i for i, m in enumerate(messages) if m.turn == turn), len(messages))
    return {
        "messages": [message_of_page(message) for message in messages[: asked + 1]],
        "problems": {} if start else await _problems(desk, session_id, messages),
        "cursor": start or newest,
        "running": start is not None,
    }


async def _problems(desk: Desk, session_id: str, messages: list[Message]) -> dict[str, str]:
    """Why the last question has no reply, by its turn: a page that is new has not seen it fail."""
    if not messages or messages[-1].role != "user":
        return {}
    turn = messages[-1].turn
    why = await desk.history.why_unanswered(session_id, turn)
    return {turn: why} if why else {}
