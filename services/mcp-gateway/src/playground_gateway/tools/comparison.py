"""`compare`: one question to several sessions, scenarios or models."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastmcp import Context
from fastmcp.tools import Tool
from pydantic import BaseModel, ConfigDict, Field

from playground.errors import FieldError, InvalidRequest
from playground_gateway.doors import Doors
from playground_gateway.tools.making import CONTROL, CONVERSES, Shown, tool
from playground_gateway.turns import StreamLost, Turns
from playground_http.stopping import STOPPING


class SessionTarget(BaseModel):
    """A session, or a plain conversation of that name."""

    model_config = ConfigDict(extra="forbid")

    session_id: str


class ScenarioTarget(BaseModel):
    """A scenario with its default inputs, in a new conversation."""

    model_config = ConfigDict(extra="forbid")

    scenario: str
    model: str | None = None


class Answer(Shown):
    """What one target said; `error` has the code and detail where it could not."""

    target: int
    text: str = ""
    session_id: str | None = None
    model: str | None = None
    error: dict[str, Any] | None = None


class Comparison(Shown):
    """One answer for each target, in their order."""

    answers: list[Answer]


def comparison_tools(doors: Doors, turns: Turns, *, max_targets: int) -> list[Tool]:
    """The tool."""

    async def compare(
        message: Annotated[str, Field(min_length=1, description="The question")],
        targets: Annotated[list[SessionTarget | ScenarioTarget], Field(min_length=1)],
        ctx: Context,
    ) -> Comparison:
        """Put one question to several sessions, scenarios or models, and read the answers together.

        Pieces come as progress, each a JSON object with its `target` and `text`.
        """
        if len(targets) > max_targets:
            wrong = FieldError("targets", f"at most {max_targets} at once")
            raise InvalidRequest(f"At most {max_targets} targets are compared.", errors=(wrong,))
        asked = [target.model_dump(exclude_none=True) for target in targets]
        return await _compared(doors, turns, message, asked, ctx)

    return [tool(compare, title="Compare answers", annotations=CONVERSES, meta=CONTROL)]


async def _compared(
    doors: Doors, turns: Turns, message: str, targets: list[dict[str, Any]], ctx: Context
) -> Comparison:
    answers = _Answers(len(targets))
    body = {"input": message, "targets": targets}
    count = 0
    with turns.interruptible():
        async with doors.stream("/v1/compare", body) as events:
            try:
                async for event in events:
                    told: dict[str, Any] = event.json()
                    if told["target"] is None:
                        break
                    answers.hear(event.kind, told)
                    if event.kind == "token":
                        count += 1
                        piece = {"target": told["target"], "text": told["text"]}
                        await ctx.report_progress(count, message=json.dumps(piece))
            except asyncio.CancelledError:
                if not STOPPING.begun:
                    for session_id in answers.sessions():
                        await turns.cancel(session_id)
                raise
    return Comparison(answers=answers.all())


class _Answers:
    """The answers as far as they were heard."""

    def __init__(self, targets: int) -> None:
        self._answers = [Answer(target=number) for number in range(targets)]
        self._unfinished = set(range(targets))

    def hear(self, kind: str, told: Mapping[str, Any]) -> None:
        """One more event."""
        number: int = told["target"]
        self._answers[number] = _heard(self._answers[number], kind, told)
        if kind in ("done", "error"):
            self._unfinished.discard(number)

    def sessions(self) -> list[str]:
        """Those in which turns have begun."""
        return [one.session_id for one in self._answers if one.session_id is not None]

    def all(self) -> list[Answer]:
        """Each; one of which neither end nor error was heard, as the stream broke off, says so."""
        lost = StreamLost()
        error = {"error": {"code": lost.code, "detail": lost.detail}}
        return [
            one.model_copy(update=error) if one.target in self._unfinished else one
            for one in self._answers
        ]


def _heard(answer: Answer, kind: str, told: Mapping[str, Any]) -> Answer:
    """*answer* after one more event."""
    if kind == "token":
        return answer.model_copy(update={"text": answer.text + told["text"]})
    if kind == "target":
        known = {"session_id": told.get("session_id"), "model": told.get("model")}
        return answer.model_copy(update=known)
    if kind == "error":
        problem = told["problem"]
        error = {"code": problem.get("code"), "detail": problem.get("detail")}
        return answer.model_copy(update={"error": error})
    return answer
