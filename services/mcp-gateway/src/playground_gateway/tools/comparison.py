"""`compare`: one question to several sessions, scenarios or models."""

import asyncio
import json
from typing import Annotated, Any

from fastmcp import Context
from fastmcp.tools import Tool
from pydantic import BaseModel, ConfigDict, Field

from playground.errors import FieldError, InvalidRequest
from playground_gateway.doors import Doors
from playground_gateway.tools.making import CONTROL, CONVERSES, Shown, tool
from playground_gateway.turns import Turns
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
    answers: list[Answer] = [Answer(target=number) for number in range(len(targets))]
    body = {"input": message, "targets": targets}
    count = 0
    with turns.interruptible():
        async with doors.stream("/v1/compare", body) as events:
            try:
                async for event in events:
                    told: dict[str, Any] = event.json()
                    number: int | None = told["target"]
                    if number is None:
                        break
                    answers[number] = _heard(answers[number], event.kind, told)
                    if event.kind == "token":
                        count += 1
                        piece = {"target": number, "text": told["text"]}
                        await ctx.report_progress(count, message=json.dumps(piece))
            except asyncio.CancelledError:
                if not STOPPING.begun:
                    for answer in answers:
                        if answer.session_id is not None:
                            await turns.cancel(answer.session_id)
                raise
    return Comparison(answers=answers)


def _heard(answer: Answer, kind: str, told: dict[str, Any]) -> Answer:
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
