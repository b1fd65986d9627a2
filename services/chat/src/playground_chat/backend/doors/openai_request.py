"""What an OpenAI client asks for, read into the engine's words.

Fields that are not listed here are taken and have no effect; those that would change what the
answer means are refused by name.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import invalid_tool_call, tool_call
from pydantic import BaseModel, Field

from playground.errors import FieldError, InvalidRequest
from playground_chat.backend.doors.desk import is_broken
from playground_chat.backend.engine.completions import Prompted


class Part(BaseModel):
    """One part of a message's content. Only `type: text` is understood."""

    type: str
    text: str | None = None


class Function(BaseModel):
    """What a tool call calls."""

    name: str
    arguments: str


class ToolCall(BaseModel):
    """A tool call that an earlier answer has made."""

    id: str
    type: Literal["function"] = "function"
    function: Function


class ChatMessage(BaseModel):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[Part] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None


class FunctionTool(BaseModel):
    """A tool of the caller's, passed to the model."""

    type: Literal["function"]
    function: dict[str, Any]


class StreamOptions(BaseModel):
    """How to stream."""

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """A whole conversation, to be answered by the scenario that `model` names."""

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: str | list[str] | None = None
    tools: list[FunctionTool] | None = None
    tool_choice: Literal["none", "auto", "required"] | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    n: int | None = None
    logprobs: bool | None = None
    response_format: dict[str, Any] | None = None

    @property
    def with_usage(self) -> bool:
        """Whether a stream is to end with its usage."""
        return self.stream_options is not None and self.stream_options.include_usage


def prompted(asked: CompletionRequest) -> Prompted:
    """*asked* in the engine's words. Raises InvalidRequest, naming the field."""
    _require_possible(asked)
    texts = [_text(message, number) for number, message in enumerate(asked.messages)]
    pairs = list(zip(asked.messages, texts, strict=True))
    told = [text for message, text in pairs if message.role in ("system", "developer")]
    options = {"tool_choice": asked.tool_choice, "parallel_tool_calls": asked.parallel_tool_calls}
    stop = [asked.stop] if isinstance(asked.stop, str) else asked.stop
    return Prompted(
        scenario=asked.model,
        messages=[
            _said(message, text, number)
            for number, (message, text) in enumerate(pairs)
            if message.role not in ("system", "developer")
        ],
        instructions="\n\n".join(text for text in told if text),
        temperature=asked.temperature,
        max_tokens=asked.max_completion_tokens or asked.max_tokens,
        stop=stop or None,
        tools=[tool.model_dump() for tool in asked.tools or []],
        tool_options={key: value for key, value in options.items() if value is not None},
    )


def _require_possible(asked: CompletionRequest) -> None:
    if asked.n not in (None, 1):
        raise wrong("n", "one answer at a time")
    if asked.logprobs:
        raise wrong("logprobs", "log probabilities are not given")
    if (asked.response_format or {}).get("type", "text") != "text":
        raise wrong("response_format", "answers are text")
    for number, tool in enumerate(asked.tools or []):
        if not isinstance(tool.function.get("name"), str):
            raise wrong(f"tools.{number}.function.name", "a function needs a name")
    _require_choice(asked)
    try:
        whole = json.dumps(asked.model_dump(), ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise wrong("tools", "nested too deeply, or a number that JSON does not have") from error
    if is_broken(whole):
        raise wrong("messages", "must not contain lone surrogates")


def _require_choice(asked: CompletionRequest) -> None:
    """Of a tool that is chosen by name, the name of one that is there."""
    if not isinstance(asked.tool_choice, dict):
        return
    names = [tool.function["name"] for tool in asked.tools or []]
    chosen = [{"type": "function", "function": {"name": name}} for name in names]
    if asked.tool_choice not in chosen:
        raise wrong("tool_choice", "names none of the tools")


def _text(message: ChatMessage, number: int) -> str:
    """The text of a message. Raises InvalidRequest for anything but text."""
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    for place, part in enumerate(message.content):
        if part.type != "text" or part.text is None:
            where = f"messages.{number}.content.{place}"
            raise wrong(where, f"only text is understood here, no {part.type[:40]}")
    return "".join(part.text or "" for part in message.content)


def _said(message: ChatMessage, text: str, number: int) -> BaseMessage:
    if message.role == "user":
        return HumanMessage(text)
    if message.role == "tool":
        if not message.tool_call_id:
            raise wrong(f"messages.{number}.tool_call_id", "a tool's result names its call")
        return ToolMessage(text, tool_call_id=message.tool_call_id)
    good = [(call, _arguments(call)) for call in message.tool_calls or []]
    return AIMessage(
        text,
        tool_calls=[
            tool_call(name=call.function.name, args=args, id=call.id)
            for call, args in good
            if args is not None
        ],
        invalid_tool_calls=[
            invalid_tool_call(name=call.function.name, args=call.function.arguments, id=call.id)
            for call, args in good
            if args is None
        ],
    )


def _arguments(call: ToolCall) -> dict[str, Any] | None:
    """A call's arguments; None where they are no JSON object: models write such, too."""
    try:
        found: Any = json.loads(call.function.arguments or "{}")
    except (ValueError, RecursionError):
        return None
    return dict(cast(Mapping[str, Any], found)) if isinstance(found, dict) else None


def wrong(field: str, message: str) -> InvalidRequest:
    """The refusal of one field."""
    return InvalidRequest(f"{field}: {message}.", errors=(FieldError(field, message),))
