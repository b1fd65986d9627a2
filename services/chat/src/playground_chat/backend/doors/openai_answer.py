"""The engine's pieces as OpenAI's chunks and completions, and errors in OpenAI's shape."""

import time
from collections.abc import Iterator
from typing import Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk
from pydantic import BaseModel
from starlette.responses import JSONResponse

from playground.errors import (
    InvalidRequest,
    ModelUnavailable,
    PlaygroundError,
    ScenarioNotFound,
    TooLarge,
)
from playground.identifiers import new_id

_FINISHES = {
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
}
"""How providers say why an answer ended; whatever is not here was a stop."""


class Failure(BaseModel):
    """What went wrong, in OpenAI's words."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class FailureBody(BaseModel):
    """The body of every answer of these endpoints that is not 2xx."""

    error: Failure


def failure_body(error: PlaygroundError) -> FailureBody:
    """*error* as OpenAI's clients expect it."""
    kind = "server_error" if error.status >= 500 else "invalid_request_error"
    code = error.code
    if isinstance(error, ScenarioNotFound):
        code = "model_not_found"
    elif isinstance(error, TooLarge):
        code = "context_length_exceeded"
    param = error.errors[0].field if error.errors else None
    if isinstance(error, ScenarioNotFound):
        param = "model"
    return FailureBody(error=Failure(message=_words(error), type=kind, param=param, code=code))


def failure_response(error: PlaygroundError) -> JSONResponse:
    """*error* as an answer: what the request did wrong is 400, as OpenAI has it."""
    status = 400 if isinstance(error, InvalidRequest | TooLarge) else error.status
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, ModelUnavailable):
        headers["Retry-After"] = "2"
    return JSONResponse(failure_body(error).model_dump(), status, headers)


def _words(error: PlaygroundError) -> str:
    fields = "; ".join(f"{one.field}: {one.message}" for one in error.errors[:5])
    told = len(error.errors) == 1 and error.errors[0].field in error.detail
    return error.detail if told or not fields else f"{error.detail} {fields}"


class Completion:
    """One answer as it grows: `delta` of each piece, and what is known at its end."""

    def __init__(self, model: str) -> None:
        self._envelope = {
            "id": new_id("chatcmpl"),
            "created": int(time.time()),
            "model": model,
        }
        self._text: list[str] = []
        self._calls: dict[object, dict[str, Any]] = {}
        self._finish: str | None = None
        self._usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}

    def deltas(self, piece: AIMessage) -> Iterator[dict[str, Any]]:
        """What *piece* adds, none for one that adds nothing to be seen."""
        self._note(piece)
        if piece.text:
            self._text.append(piece.text)
            yield {"content": piece.text}
        if calls := self._added_calls(piece):
            yield {"tool_calls": calls}

    def chunk(self, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        """A chunk of a stream."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._envelope, "object": "chat.completion.chunk", "choices": [choice]}

    def usage_chunk(self) -> dict[str, Any]:
        """The chunk after the last."""
        empty: list[dict[str, Any]] = []
        more = {"object": "chat.completion.chunk", "choices": empty, "usage": self._usage}
        return {**self._envelope, **more}

    def whole(self) -> dict[str, Any]:
        """The answer of a request that does not stream."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._text)}
        if self._calls:
            message["content"] = message["content"] or None
            message["tool_calls"] = [
                {key: value for key, value in call.items() if key != "index"}
                for call in self._calls.values()
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish}
        more = {"object": "chat.completion", "choices": [choice], "usage": self._usage}
        return {**self._envelope, **more}

    @property
    def finish(self) -> str:
        """Why the answer ended."""
        if self._calls:
            return "tool_calls"
        return _FINISHES.get(self._finish or "", "stop")

    @property
    def empty(self) -> bool:
        """Whether nothing has come: neither a word nor a call."""
        return not self._text and not self._calls

    def _note(self, piece: AIMessage) -> None:
        told = cast(dict[str, Any], piece.response_metadata)  # pyright: ignore
        self._finish = told.get("finish_reason") or told.get("stop_reason") or self._finish
        if piece.usage_metadata is not None:
            for ours, theirs in (
                ("prompt_tokens", "input_tokens"),
                ("completion_tokens", "output_tokens"),
                ("total_tokens", "total_tokens"),
            ):
                self._usage[ours] += piece.usage_metadata[theirs]

    def _added_calls(self, piece: AIMessage) -> list[dict[str, Any]]:
        """The calls' growth, numbered from 0 whatever numbers the provider gives them."""
        added: list[dict[str, Any]] = []
        for part in piece.tool_call_chunks if isinstance(piece, AIMessageChunk) else []:
            key = part["index"] if part["index"] is not None else part["id"]
            said = part["args"] or ""
            if key in self._calls:
                call = self._calls[key]
                call["function"]["arguments"] += said
                added.append({"index": call["index"], "function": {"arguments": said}})
                continue
            function = {"name": part["name"] or "", "arguments": said}
            new = {"id": part["id"] or new_id("call"), "type": "function", "function": function}
            self._calls[key] = {"index": len(self._calls), **new}
            added.append({"index": len(self._calls) - 1, **new, "function": dict(function)})
        return added
