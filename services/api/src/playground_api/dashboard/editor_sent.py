"""What the editor's form is sent for: to be saved, tried, checked, or to grow by an input."""

from collections.abc import Mapping
from dataclasses import replace

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from playground.errors import Conflict, InvalidRequest, TooLarge
from playground.library.record import require_ownable
from playground.library.scenarios import Scenarios
from playground.scenarios.model import Scenario
from playground_api.comparisons.comparing import Asked
from playground_api.dashboard.actions import to
from playground_api.dashboard.editor_form import filled_as_sent
from playground_api.dashboard.editor_pages import Draft, EditorPages
from playground_api.dashboard.editor_words import messages, refusals
from playground_api.dashboard.rendering import html

PREVIEW_WAIT_S = 45.0
"""For who has no script and sees the answer only when it is there."""


async def answer(pages: EditorPages, request: Request, name: str | None, by_htmx: bool) -> Response:
    """The answer to the form of a new scenario, or of the saved one of that *name*.

    Raises ScenarioNotFound.
    """
    filled = filled_as_sent(await request.form())
    saved = (await pages.control.library.versions(name))[0] if name else None
    draft = Draft(filled, saved, question=filled.text("question"))
    do = filled.text("do")
    if do == "check":
        wrong = _complaints(draft, finished=False)[1]
        return HTMLResponse(html("editor_wrong.html", fields=filled.fields, wrong=wrong))
    if do == "preview":
        return await _previewed(pages, request, draft, by_htmx)
    if do == "add-input":
        return pages.form(request, replace(draft, filled=filled.with_input()))
    if do.startswith("remove-input-"):
        place = do.removeprefix("remove-input-")
        return pages.form(request, replace(draft, filled=filled.without_input(place)))
    return await _saved(pages, request, draft)


async def _saved(pages: EditorPages, request: Request, draft: Draft) -> Response:
    scenario, wrong = _complaints(draft)
    if scenario is None:
        return pages.form(request, _refused(draft, wrong))
    try:
        await _keep(pages.control.library, scenario, draft)
    except InvalidRequest as error:
        return pages.form(request, _refused(draft, refusals(error, draft.filled)))
    except Conflict as error:
        return pages.form(request, _overtaken(draft, error))
    return to(f"/scenarios/{scenario.name}?saved=1")


async def _keep(library: Scenarios, scenario: Scenario, draft: Draft) -> None:
    if draft.saved is None:
        await library.create(scenario)
        return
    based_on = draft.filled.text("based_on")
    number = int(based_on) if based_on.isascii() and based_on.isdigit() else None
    await library.save(scenario, based_on=number)


async def _previewed(pages: EditorPages, request: Request, draft: Draft, by_htmx: bool) -> Response:
    """The draft's answer to the question: as it comes for htmx, whole for who has no script."""
    scenario, wrong = _complaints(draft)
    if scenario is not None:
        try:
            asked = [Asked(scenario, draft=True)]
            run = await pages.comparing.ask(draft.question, asked, listed=False)
        except (InvalidRequest, TooLarge) as error:
            wrong = {"question": next((e.message for e in error.errors), error.detail)}
        else:
            if by_htmx:
                fresh = html("editor_wrong.html", fields=draft.filled.fields, wrong={})
                return HTMLResponse(await pages.preview(run) + fresh)
            await pages.comparing.settled(run, PREVIEW_WAIT_S)
            return await pages.previewed(request, draft, run)
    if by_htmx:
        return HTMLResponse(html("editor_refused.html", fields=draft.filled.fields, wrong=wrong))
    return pages.form(request, _refused(draft, wrong))


def _complaints(
    draft: Draft, *, finished: bool = True
) -> tuple[Scenario | None, Mapping[str, str]]:
    """The form's scenario, or what is wrong at which field."""
    name = draft.saved.scenario.name if draft.saved is not None else ""
    try:
        return require_ownable(Scenario.model_validate(draft.filled.raw(name))), {}
    except ValidationError as error:
        return None, messages(error, draft.filled, finished=finished)
    except InvalidRequest as error:
        return None, refusals(error, draft.filled)


def _overtaken(draft: Draft, error: Conflict) -> Draft:
    """Somebody was faster. Whoever saves again has been told so, and comes after them."""
    if draft.saved is None:
        return _refused(draft, {"name": error.detail}, error.status)
    draft.filled.values["based_on"] = str(draft.saved.version)
    said = f"{error.detail} Save again to put yours after it: both stay among the versions."
    return _refused(draft, {"form": said}, error.status)


def _refused(draft: Draft, wrong: Mapping[str, str], status: int = 422) -> Draft:
    return replace(draft, wrong=wrong, status=status)
