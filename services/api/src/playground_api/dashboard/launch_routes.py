"""The form that launches a scenario, and what it sends."""

import secrets

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from playground.errors import InvalidRequest, PlaygroundError
from playground.scenarios.model import Scenario
from playground_api.dashboard.actions import to
from playground_api.dashboard.clicks import launched_by_click
from playground_api.dashboard.error_pages import failure
from playground_api.dashboard.launch_form import EMPTY, Filled, wanted
from playground_api.dashboard.launching import Launching
from playground_api.dashboard.preferences import opening
from playground_api.dashboard.rendering import page

QUICK_S = 1.0
"""A launch that is over so soon needs no page that says how it goes."""


def launch_router(launching: Launching) -> APIRouter:
    """`/launch`: for a click on a card, and for the form with all that may be chosen."""
    router = APIRouter(include_in_schema=False)
    control = launching.control

    @router.get("/launch/{name}")
    async def form(request: Request, name: str) -> Response:
        return launch_form(request, launching, await control.library.get(name))

    @router.post("/launch")
    async def launch(request: Request) -> Response:
        sent = texts_of(await request.form())
        name = sent.get("scenario", "")
        if not 0 < len(name) <= 100:
            raise InvalidRequest("The form names no scenario.")
        key = sent.get("key", "")[:100]
        try:
            scenario = await control.library.get(name)
            session = await launched_by_click(control, wanted(scenario, sent), key)
            session = await control.settled(session, QUICK_S)
            return to(await launching.way_on(session, opening(request)))
        except InvalidRequest as error:
            return launch_form(request, launching, await control.library.get(name), sent, error)
        except PlaygroundError as error:
            return failure(request, error, again=sent | {"key": new_key()})

    return router


def launch_form(
    request: Request,
    launching: Launching,
    scenario: Scenario,
    sent: dict[str, str] | None = None,
    error: InvalidRequest | None = None,
) -> HTMLResponse:
    """The form on a page of its own, or alone for htmx, with what is wrong in it."""
    wrong = {one.field: one.message for one in error.errors} if error else {}
    return page(
        request,
        "launch_fields.html" if request.headers.get("hx-request") else "launch.html",
        status=error.status if error else 200,
        scenario=scenario,
        filled=Filled(sent, wrong) if sent else EMPTY,
        default_model=scenario.model or launching.control.default_model,
        opening=opening(request),
        key=new_key(),
    )


def new_key() -> str:
    """A key under which a double click is one launch."""
    return secrets.token_urlsafe(12)


def texts_of(form: FormData) -> dict[str, str]:
    """The form's texts; a file that somebody sends is none."""
    return {name: value for name, value in form.items() if isinstance(value, str)}
