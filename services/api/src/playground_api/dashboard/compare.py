"""The compare page's addresses: a question for several columns, the runs that are kept, votes."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request, Response

from playground.errors import FieldError, InvalidRequest, ScenarioNotFound, TooLarge
from playground.library.scenarios import Scenarios
from playground_api.comparisons.comparing import Asked, Comparing
from playground_api.comparisons.model import MOST_COLUMNS
from playground_api.comparisons.runs import ComparisonNotFound
from playground_api.control import Control
from playground_api.dashboard.actions import to
from playground_api.dashboard.compare_live import live_run
from playground_api.dashboard.compare_pages import ComparePages, Slot
from playground_http.sse import stream

RunId = Annotated[str, Path(pattern=r"^run-[a-z0-9]{12}$")]
MODEL_NAME = re.compile("[!-~]{1,200}")
Words = Annotated[list[str], Form(max_length=MOST_COLUMNS)]


def compare_router(control: Control, comparing: Comparing) -> APIRouter:
    """`/compare` and what lies below it."""
    router = APIRouter(prefix="/compare", include_in_schema=False)
    pages = ComparePages(control, comparing)

    @router.get("")
    async def form(
        request: Request, scenario: Annotated[list[str] | None, Query(max_length=6)] = None
    ) -> Response:
        return await pages.blank(request, scenario or [])

    @router.post("")
    async def ask(
        request: Request,
        input: Annotated[str, Form()] = "",
        scenario: Words = [],  # noqa: B006
        model: Words = [],  # noqa: B006
    ) -> Response:
        slots = _slots(scenario, model)
        try:
            run = await comparing.ask(input, await _wanted(control, slots))
        except (InvalidRequest, TooLarge) as refusal:
            return await pages.refused(request, input, slots, refusal)
        return to(f"/compare/{run.id}")

    @router.get("/{run_id}")
    async def run(request: Request, run_id: RunId) -> Response:
        return await pages.run(request, run_id)

    @router.get("/{run_id}/live")
    async def live(run_id: RunId) -> Response:
        await comparing.runs.get(run_id)
        return stream(live_run(comparing, run_id))

    @router.post("/{run_id}/vote")
    async def vote(run_id: RunId, column: Annotated[int, Form(ge=0)]) -> Response:
        judged = await comparing.runs.get(run_id)
        if column >= len(judged.run.columns):
            raise ComparisonNotFound(f"This comparison has no column {column + 1}.")
        await comparing.runs.vote(run_id, column)
        return to(f"/compare/{run_id}#columns")

    return router


def _slots(scenarios: Sequence[str], models: Sequence[str]) -> list[Slot]:
    models = [*models, *[""] * len(scenarios)]
    return [Slot(name, model.strip()) for name, model in zip(scenarios, models, strict=False)]


async def _asked(library: Scenarios, slot: Slot) -> Asked:
    """The scenario that is chosen, or a version of it. Raises ScenarioNotFound."""
    name, _, number = slot.scenario.partition("@")
    model = slot.model or None
    if number.isascii() and number.isdigit():
        older = await library.version(name, int(number))
        return Asked(older.scenario, model, draft=True, version=older.version)
    saved = await library.saved(name)
    return Asked(await library.get(slot.scenario), model, version=saved.version if saved else None)


async def _wanted(control: Control, slots: Sequence[Slot]) -> list[Asked]:
    """The columns that the form wants. Raises InvalidRequest, for each place that is wrong."""
    wanted, errors = list[Asked](), list[FieldError]()
    for number, slot in enumerate(slots):
        if not slot.scenario:
            continue
        if slot.model and not MODEL_NAME.fullmatch(slot.model):
            errors.append(FieldError(f"targets.{number}", "A model is one word: provider:name."))
            continue
        try:
            wanted.append(await _asked(control.library, slot))
        except ScenarioNotFound as error:
            errors.append(FieldError(f"targets.{number}", error.detail))
    if not wanted and not errors:
        errors.append(FieldError("targets", "Choose at least one scenario to be asked."))
    if errors:
        raise InvalidRequest("Some columns cannot be asked.", errors=tuple(errors))
    return wanted
