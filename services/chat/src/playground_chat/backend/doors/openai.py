"""`GET /v1/models` and `POST /v1/chat/completions` (contract §6): each chat scenario is a model.

Nothing is kept of a completion: its client brings the whole conversation with every request, and a
log of each would hold the same words again and again.
"""

import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from langchain_core.messages import AIMessage
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from playground.errors import (
    FieldError,
    InvalidRequest,
    ModelUnavailable,
    PlaygroundError,
    ScenarioNotFound,
)
from playground_chat.backend.doors.desk import Desk
from playground_chat.backend.doors.openai_answer import (
    Completion,
    FailureBody,
    failure_body,
    failure_response,
)
from playground_chat.backend.doors.openai_request import CompletionRequest, prompted
from playground_chat.backend.engine.failures import NOTHING_SAID
from playground_http.sse import event, stream

_FAILURES: dict[int | str, dict[str, Any]] = {
    "default": {"description": "An error in OpenAI's shape", "model": FailureBody}
}


class Model(BaseModel):
    """A scenario as OpenAI lists models."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "chat-playground"


class ModelList(BaseModel):
    """All that can be asked."""

    object: str = "list"
    data: list[Model]


class OpenAiRoute(APIRoute):
    """A route whose refusals are in OpenAI's shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, with its failures translated."""
        handle = super().get_route_handler()

        async def translated(request: Request) -> Response:
            try:
                return await handle(request)
            except PlaygroundError as error:
                return failure_response(error)
            except RequestValidationError as error:
                return failure_response(_in_words(error))
            except HTTPException as error:
                return failure_response(InvalidRequest(str(error.detail)))

        return translated


def openai_router(desk: Desk) -> APIRouter:
    """The endpoints that OpenAI's clients use."""
    router = APIRouter(tags=["openai"], route_class=OpenAiRoute, responses=_FAILURES)

    @router.get("/v1/models")
    async def models() -> ModelList:
        return ModelList(data=[Model(id=name) for name in await _names(desk)])

    @router.get("/v1/models/{model}")
    async def model(model: str) -> Model:
        if model not in await _names(desk):
            raise ScenarioNotFound(f"There is no model {model[:100]!r}.")
        return Model(id=model)

    @router.post("/v1/chat/completions", response_class=JSONResponse)
    async def complete(asked: CompletionRequest) -> Response:
        """Stateless: `messages` are the whole conversation, and nothing of it is kept.

        System messages are added to the scenario's prompt. `tools` go to the model, whose calls
        come back for the caller to run.
        """
        pieces = desk.completions.stream(prompted(asked))
        completion = Completion(asked.model)
        if asked.stream:
            # A failure before the first piece is still an answer with its status.
            first = await anext(pieces, None)
            told = _streamed(completion, first, pieces, with_usage=asked.with_usage)
            return stream(told, finishing_s=desk.finishing_s)
        async with aclosing(pieces):
            async for piece in pieces:
                list(completion.deltas(piece))
        _require_words(completion)
        return JSONResponse(completion.whole(), headers={"Cache-Control": "no-store"})

    return router


async def _streamed(
    completion: Completion,
    first: AIMessage | None,
    rest: AsyncGenerator[AIMessage],
    *,
    with_usage: bool,
) -> AsyncGenerator[bytes]:
    yield _line(completion.chunk({"role": "assistant", "content": ""}))
    try:
        async with aclosing(rest):
            for delta in completion.deltas(first) if first is not None else ():
                yield _line(completion.chunk(delta))
            async for piece in rest:
                for delta in completion.deltas(piece):
                    yield _line(completion.chunk(delta))
        _require_words(completion)
    except PlaygroundError as error:
        yield _line(failure_body(error).model_dump())
        return
    yield _line(completion.chunk({}, completion.finish))
    if with_usage:
        yield _line(completion.usage_chunk())
    yield event(None, "[DONE]")


def _require_words(completion: Completion) -> None:
    if completion.empty:
        raise ModelUnavailable(NOTHING_SAID)


def _line(body: dict[str, Any]) -> bytes:
    return event(None, json.dumps(body))


async def _names(desk: Desk) -> list[str]:
    return [scenario.name for scenario in await desk.scenarios.all() if scenario.kind == "chat"]


def _in_words(error: RequestValidationError) -> InvalidRequest:
    fields = tuple(
        FieldError(".".join(str(part) for part in one["loc"][1:]) or "body", one["msg"])
        for one in error.errors()
    )
    return InvalidRequest("The request is not valid.", errors=fields)
