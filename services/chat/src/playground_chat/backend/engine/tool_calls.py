"""The agent's calls of tools: limited in time, number and size, told to the reader, mended.

What a model asks for is often not quite right, and what tools answer neither. Every call gets an
answer that the model can go on with.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import AgentState, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command

from playground.errors import ModelUnavailable
from playground_chat.backend.engine.tracing import TRACING
from playground_chat.backend.engine.transcript import Transcript
from playground_chat.backend.tools.connection import CallFailed
from playground_chat.backend.tools.metrics import ToolMetrics
from playground_chat.backend.tools.offer import SESSION, Offer, OfferedTool

_ENOUGH = "No more tools can be called in this turn. Answer with what you have."
_ALWAYS = "The model asks for tools again and again and does not answer."
_AT_ONCE = 16
"""How many calls of one round are carried out."""


@dataclass(frozen=True)
class ToolLimits:
    """What the tools of one turn may take."""

    seconds: float
    """The longest that one call may take."""
    rounds: int
    """How often the model may ask for tools."""
    characters: int
    """How much of a result the model and the log are given."""


@dataclass
class TurnTools:
    """What the calls of one turn work with."""

    conversation_id: str
    offer: Offer
    transcript: Transcript
    limits: ToolLimits
    metrics: ToolMetrics
    broken: dict[str, str] = field(default_factory=dict[str, str])
    """Calls that cannot be carried out as they were made, and why."""
    round: int = 0


_Answer = ToolMessage | Command[Any]


class WatchedToolCalls(AgentMiddleware[AgentState[Any], TurnTools]):
    """Around each call of the model and of a tool, in a turn of which LangGraph's context tells."""

    async def awrap_model_call(
        self,
        request: ModelRequest[TurnTools],
        handler: Callable[[ModelRequest[TurnTools]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Ask the model; what it calls is put in order. Raises ModelUnavailable when it loops."""
        response = await handler(request)
        turn = request.runtime.context
        asked = response.result[-1]
        if not isinstance(asked, AIMessage) or not (asked.tool_calls or asked.invalid_tool_calls):
            return response
        if turn.round > turn.limits.rounds:
            raise ModelUnavailable(_ALWAYS)
        turn.round = turn.transcript.begin_round()
        return ModelResponse(result=[*response.result[:-1], _in_order(asked, turn)])

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[_Answer]],  # noqa: ARG002
    ) -> _Answer:
        """Carry out one call. It never fails: failures are answers, marked as such."""
        turn = cast(TurnTools, request.runtime.context)
        call = request.tool_call
        call_id = call["id"] or ""
        begun = time.perf_counter()
        turn.transcript.call(call_id, call["name"], call["args"])
        about = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": call["name"]}
        with TRACING.span(f"execute_tool {call['name']}", about) as span:
            text, failed = await _answer(turn, call, call_id)
            if failed:
                span.set_attribute("error.type", "tool_error")
        seconds = time.perf_counter() - begun
        text = _cut(text, turn.limits.characters)
        turn.transcript.answered(call_id, text, failed=failed, ms=seconds * 1000)
        offered = turn.offer.tools.get(call["name"])
        server = offered.connection.name if offered else "none"
        turn.metrics.calls.labels(server, "failed" if failed else "answered").inc()
        turn.metrics.seconds.observe(seconds)
        return ToolMessage(
            text, tool_call_id=call_id, name=call["name"], status="error" if failed else "success"
        )


async def _answer(turn: TurnTools, call: ToolCall, call_id: str) -> tuple[str, bool]:
    """What the call gives, and whether that is a failure."""
    tool = turn.offer.tools.get(call["name"])
    if turn.round > turn.limits.rounds:
        return _ENOUGH, True
    if call_id in turn.broken:
        return turn.broken[call_id], True
    if tool is None:
        return f"There is no tool {call['name']!r}. There are: {', '.join(turn.offer.tools)}.", True
    try:
        async with asyncio.timeout(turn.limits.seconds):
            answer = await _called(tool, call, call_id, turn.conversation_id)
    except TimeoutError:
        return f"The tool did not answer within {turn.limits.seconds:g} seconds.", True
    except CallFailed as error:
        return str(error), True
    return answer


async def _called(
    tool: OfferedTool, call: ToolCall, call_id: str, conversation_id: str
) -> tuple[str, bool]:
    arguments = dict(call["args"])
    if tool.knows_session:
        arguments[SESSION] = conversation_id
    answer = await tool.connection.call(tool.name, arguments, call_id)
    return _text_of(answer), answer.status == "error"


def _in_order(asked: AIMessage, turn: TurnTools) -> AIMessage:
    """*asked* with calls that can all be answered: each with an id of its own, none too many."""
    calls: list[ToolCall] = []
    taken: set[str] = set()
    for call in asked.tool_calls:
        calls.append({**call, "id": _fresh(call["id"], taken, turn)})
    for wrong in asked.invalid_tool_calls:
        made = _fresh(wrong["id"], taken, turn)
        calls.append(ToolCall(name=wrong["name"] or "unknown", args={}, id=made, type="tool_call"))
        turn.broken[made] = "The arguments of this call are not valid JSON; call it again."
    for surplus in calls[_AT_ONCE:]:
        turn.broken[surplus["id"] or ""] = f"At most {_AT_ONCE} calls are made at once."
    return asked.model_copy(update={"tool_calls": calls, "invalid_tool_calls": []})


def _fresh(call_id: str | None, taken: set[str], turn: TurnTools) -> str:
    """An id that no other call of the turn has: some servers give none, or always the same."""
    known = {call["id"] for call in turn.transcript.tool_calls} | taken
    made = call_id or f"call-{turn.round}-{len(taken)}"
    while made in known:
        made = f"{made}-{turn.round}"
    taken.add(made)
    return made


def _text_of(answer: ToolMessage) -> str:
    """The text of *answer*; of pictures and files it is only said that they are there."""
    content: Any = answer.content  # pyright: ignore[reportUnknownMemberType]
    if isinstance(content, str):
        return content
    parts = [
        block["text"] if block["type"] == "text" else f"[{block['type']}, which is not shown]"
        for block in cast(list[dict[str, Any]], content)
    ]
    if parts:
        return "\n".join(parts)
    artifact: Any = answer.artifact
    return json.dumps(artifact["structured_content"], ensure_ascii=False) if artifact else ""


def _cut(text: str, most: int) -> str:
    """*text* as JSON and the log can take it, cut where it is too long."""
    text = text.encode(errors="replace").decode().replace("\x00", "")
    if len(text) <= most:
        return text
    return f"{text[:most]}\n[cut: {len(text):,} characters in all]"
