"""`send_message` and `get_messages`: a conversation, spoken to and read."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastmcp import Context
from fastmcp.tools import Tool
from pydantic import Field

from playground.identifiers import conversation_name
from playground_gateway.doors import Doors, Event, session_path
from playground_gateway.refusal import refusal_of_problem
from playground_gateway.tools.making import CONTROL, CONVERSES, READS, Shown, tool
from playground_gateway.tools.sessions import SessionId
from playground_gateway.turns import Turns


class Reply(Shown):
    """The whole reply. `status` is there where the turn did not come to its own end."""

    session_id: str
    text: str
    message_id: str | None = None
    model: str | None = None
    usage: dict[str, int] | None = None
    status: str | None = None


class Messages(Shown):
    """Messages in their order; each tells through which door it came."""

    items: list[dict[str, Any]]


def conversation_tools(doors: Doors, turns: Turns) -> list[Tool]:
    """The two tools."""

    async def send_message(
        session_id: SessionId,
        message: Annotated[str, Field(min_length=1, description="What to say")],
        ctx: Context,
    ) -> Reply:
        """Say something in a session and get the whole reply; its pieces come as progress.

        A name that was never launched is a plain conversation of that name.
        """
        name = conversation_name(session_id)
        told = await turns.ask(name, message, Progress(ctx))
        raise_error_of(told)
        text = "".join(event.data for event in told if event.kind == "token")
        return await _reply(doors, name, text)

    async def get_messages(
        session_id: SessionId,
        limit: Annotated[int, Field(ge=1, le=1_000)] = 50,
        before: Annotated[
            str | None, Field(max_length=128, description="Only what was said before this message")
        ] = None,
    ) -> Messages:
        """Read what was said in a session, through whichever door."""
        path = session_path(session_id, "/messages")
        found = await doors.chat("GET", path, params={"limit": limit, "before": before})
        return Messages.model_validate(found)

    return [
        tool(send_message, title="Send a message", annotations=CONVERSES, meta=CONTROL),
        tool(get_messages, title="Read a conversation", annotations=READS, meta=CONTROL),
    ]


class Progress:
    """Tells a client the pieces of a text, as progress of its call."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._count = 0

    async def __call__(self, piece: str) -> None:
        self._count += 1
        await self._ctx.report_progress(self._count, message=piece)


def raise_error_of(told: Iterable[Event]) -> None:
    """Raise the error that a turn has told, if it has."""
    for event in told:
        if event.kind == "error":
            raise refusal_of_problem(event.json())


async def _reply(doors: Doors, session_id: str, text: str) -> Reply:
    """The reply as the conversation keeps it; the stream alone tells no id, model or usage."""
    path = session_path(session_id, "/messages")
    found = await doors.chat("GET", path, params={"limit": 4})
    said = [m for m in found["items"] if m["role"] == "assistant" and m["content"] == text]
    if not said:
        return Reply(session_id=session_id, text=text)
    message = said[-1]
    return Reply(
        session_id=session_id,
        text=text,
        message_id=message["id"],
        model=message.get("model"),
        usage=message.get("usage"),
        status=None if message["status"] == "complete" else message["status"],
    )
