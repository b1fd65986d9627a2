"""A question by `POST` (contract §6): answered whole, streamed, or by the agent."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from playground.conversation.model import Door, Outcome
from playground.errors import Conflict, FieldError, InvalidRequest
from playground.identifiers import NAME_PATTERN, conversation_name
from playground.models import note_on
from playground_chat.backend.doors.desk import Desk
from playground_chat.backend.doors.streams import sse, turn_events
from playground_chat.backend.engine.briefing import Wish
from playground_chat.backend.engine.turn import Ended
from playground_chat.backend.engine.turns import Running
from playground_http.sse import stream

DOOR_HEADER = "X-Playground-Door"


class ChatRequest(BaseModel):
    """One question in one conversation; `regenerate` asks the last one anew, without an input.

    The new turn then stands in the place of the last one: neither model nor page see that again,
    and `messages` shows it with `replaced_by`.
    """

    session_id: Annotated[str, Field(json_schema_extra={"pattern": NAME_PATTERN})]
    input: str = ""
    regenerate: bool = False
    stream: bool = False
    model: Annotated[str, Field(pattern=r"^[!-~]{1,200}$")] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None

    @property
    def text(self) -> str | None:
        """What is asked; None asks the last question anew. Raises InvalidRequest for both."""
        if not self.regenerate:
            return self.input
        if self.input:
            wrong = FieldError("input", "leave it out to regenerate, or leave regenerate out")
            raise InvalidRequest("A question is asked anew as it was.", errors=(wrong,))
        return None


class ChatAnswer(BaseModel):
    """The whole answer. `status`: the turn was cancelled; `note`: what to know of the model."""

    text: str
    message_id: str
    session_id: str
    model: str
    usage: dict[str, int | float] | None = None
    note: str | None = None
    status: str | None = None


def chat_router(desk: Desk) -> APIRouter:
    """The ways to ask."""
    router = APIRouter(tags=["chat"])

    async def begin(asked: ChatRequest, request: Request, *, agent: bool = False) -> Running:
        name = conversation_name(asked.session_id)
        wish = Wish(asked.model, asked.temperature, agent=agent)
        return await desk.begin(name, asked.text, door=door_of(request), wish=wish)

    def streamed(running: Running) -> Response:
        return stream(sse(turn_events(desk, running)), finishing_s=desk.finishing_s)

    @router.post("/v1/chat", response_model=ChatAnswer, response_model_exclude_none=True)
    async def chat(asked: ChatRequest, request: Request) -> Any:
        running = await begin(asked, request)
        if asked.stream:
            return streamed(running)
        return _answer(running, await running.wait())

    @router.post("/v1/chat/stream", response_class=Response)
    async def chat_stream(asked: ChatRequest, request: Request) -> Response:
        return streamed(await begin(asked, request))

    @router.post("/v1/agent/chat/stream", response_class=Response)
    async def agent_chat_stream(asked: ChatRequest, request: Request) -> Response:
        """Server-sent events of LangChain's agent: `token`, `tool_start`, `tool_end`, `done`."""
        return streamed(await begin(asked, request, agent=True))

    return router


def door_of(request: Request) -> Door:
    """The door that a request came through: MCP gateway and dashboard say so of their own ones."""
    named = request.headers.get(DOOR_HEADER)
    return Door(named) if named in (Door.MCP, Door.PAGE) else Door.REST


def _answer(running: Running, ended: Ended) -> ChatAnswer:
    """The answer to a turn that has ended. Raises the error with which it failed."""
    if ended.error is not None:
        raise ended.error
    if ended.message is None:
        raise Conflict("The turn was cancelled before anything was said.")
    message = ended.message
    model = message.model or running.briefing.model
    return ChatAnswer(
        text=message.content,
        message_id=message.id,
        session_id=running.question.conversation_id,
        model=model,
        usage=message.usage,
        note=note_on(model),
        status=None if ended.outcome is Outcome.COMPLETE else ended.outcome,
    )
