"""`POST /v1/compare` (contract §6): one question to several conversations, told side by side."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import Response

from playground.conversation.model import Door
from playground.errors import PlaygroundError
from playground.identifiers import NAME_PATTERN, conversation_name, new_id
from playground.library.record import require_ownable
from playground.redis_connection import translated
from playground.scenarios.model import Scenario
from playground_chat.backend.doors.chat import door_of
from playground_chat.backend.doors.desk import Desk
from playground_chat.backend.doors.streams import Told, one_by_one, turn_events
from playground_chat.backend.engine.briefing import Wish
from playground_chat.backend.engine.turns import Running
from playground_http.request_ids import request_id
from playground_http.sse import event, stream

log = logging.getLogger(__name__)

_WAITING = 100
"""Events that wait for a reader; beyond them every target waits at its place in the log."""


class SessionTarget(BaseModel):
    """A session, or a plain conversation of that name."""

    model_config = ConfigDict(extra="forbid")

    session_id: Annotated[str, Field(json_schema_extra={"pattern": NAME_PATTERN})]


class ScenarioTarget(BaseModel):
    """A scenario with its default inputs, in a new plain conversation."""

    model_config = ConfigDict(extra="forbid")

    scenario: str
    model: Annotated[str, Field(pattern=r"^[!-~]{1,200}$")] | None = None


class DraftTarget(BaseModel):
    """A scenario that is kept nowhere, to be tried: with its default inputs, as above."""

    model_config = ConfigDict(extra="forbid")

    draft: Scenario
    model: Annotated[str, Field(pattern=r"^[!-~]{1,200}$")] | None = None


Target = SessionTarget | ScenarioTarget | DraftTarget


class CompareRequest(BaseModel):
    """One question, and whom to ask."""

    input: str
    targets: Annotated[list[Target], Field(min_length=1, max_length=6)]


@dataclass(frozen=True)
class _Question:
    """What is asked of every target, and through which door it came."""

    desk: Desk
    text: str
    door: Door


def compare_router(desk: Desk) -> APIRouter:
    """The one way to compare."""
    router = APIRouter(tags=["chat"])

    @router.post("/v1/compare", response_class=Response)
    async def compare(asked: CompareRequest, request: Request) -> Response:
        """Server-sent events, each `data` a JSON object whose `target` is an index of `targets`.

        `target` comes first of each (`session_id`, `model`; the id of the conversation that was
        made for a scenario), then `token` (`text`), `error` (`problem`) and `done` (`session_id`).
        An event's id is its place in that conversation: `GET /v1/sessions/{id}/stream` takes it up.
        The last event of all is a `done` whose `target` is null.
        """
        desk.require_fit(asked.input)
        question = _Question(desk, asked.input, door_of(request))
        return stream(_compared(question, asked.targets), finishing_s=desk.finishing_s)

    return router


async def _compared(question: _Question, targets: list[Target]) -> AsyncGenerator[bytes]:
    """What happens in all targets, as it happens."""
    waiting: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING)
    tasks = [
        asyncio.create_task(_run(question, number, target, waiting))
        for number, target in enumerate(targets)
    ]
    try:
        running = len(tasks)
        while running:
            told = await waiting.get()
            if told is None:
                running -= 1
            else:
                yield told
        yield event("done", json.dumps({"target": None}))
    finally:
        for task in tasks:
            task.cancel()


async def _run(
    question: _Question, number: int, target: Target, waiting: asyncio.Queue[bytes | None]
) -> None:
    """Put one target's events, and None after the last."""
    async with aclosing(_target_events(question, target)) as events:
        async for told, more in events:
            data = json.dumps({"target": number, **more})
            await waiting.put(event(told.kind, data, told.id))
    await waiting.put(None)


async def _target_events(
    question: _Question, target: Target
) -> AsyncGenerator[tuple[Told, dict[str, Any]]]:
    """One target's events, with what each says beside its target."""
    try:
        running = await _begun(question, target)
    except PlaygroundError as error:
        refused = error.problem(request_id())
    except RedisError as error:
        log.error("Redis: %s", error)
        refused = translated(error).problem(request_id())
    else:
        async with aclosing(_turn(question.desk, running)) as events:
            async for one in events:
                yield one
        return
    yield Told("error", ""), {"problem": refused}
    name = target.session_id if isinstance(target, SessionTarget) else None
    yield Told("done", ""), {"session_id": name}


async def _turn(desk: Desk, running: Running) -> AsyncGenerator[tuple[Told, dict[str, Any]]]:
    question = running.question
    about = {"session_id": question.conversation_id, "model": running.briefing.model}
    yield Told("target", "", question.entry_id), about
    names = {"token": "text", "error": "problem", "done": "session_id"}
    async with aclosing(one_by_one(turn_events(desk, running))) as events:
        async for told in events:
            yield told, {names.get(told.kind, "data"): told.value}


async def _begun(question: _Question, target: Target) -> Running:
    """The target's turn. Raises what `Desk.begin` does."""
    desk, text, door = question.desk, question.text, question.door
    if isinstance(target, SessionTarget):
        return await desk.begin(conversation_name(target.session_id), text, door=door)
    if isinstance(target, DraftTarget):
        wish = Wish(target.model, draft=require_ownable(target.draft))
    else:
        wish = Wish(target.model, scenario=target.scenario)
    return await desk.begin(new_id("cmp"), text, door=door, wish=wish)
