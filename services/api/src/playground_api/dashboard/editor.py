"""The scenario editor's addresses. One form saves, tries, checks and grows, by the button pressed.

Paths below `/scenarios/-/` are not about one scenario: no name begins with a hyphen.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Header, Path, Query, Request, Response

from playground_api.dashboard.actions import to
from playground_api.dashboard.editor_form import filled_by
from playground_api.dashboard.editor_pages import Draft, EditorPages, blank, duplicate
from playground_api.dashboard.editor_sent import answer
from playground_api.routes.scenarios import yaml_file

Name = Annotated[str, Path(max_length=100)]
Number = Annotated[int | None, Query(ge=1)]
ByHtmx = Annotated[bool, Header(alias="hx-request")]


def editor_router(pages: EditorPages) -> APIRouter:
    """The list, the form of one that is new, and the form of one that was saved."""
    router = APIRouter(prefix="/scenarios", include_in_schema=False)
    library = pages.control.library

    @router.get("")
    async def all_scenarios(request: Request) -> Response:
        return await pages.all(request)

    @router.get("/-/new")
    async def new(
        request: Request, like: Annotated[str | None, Query(max_length=100)] = None
    ) -> Response:
        draft = duplicate(await library.get(like)) if like else blank()
        return pages.form(request, draft)

    @router.post("/-/new")
    async def made(request: Request, by_htmx: ByHtmx = False) -> Response:
        return await answer(pages, request, None, by_htmx)

    @router.get("/{name}")
    async def one(request: Request, name: Name) -> Response:
        file = next((s for s in library.shipped() if s.name == name), None)
        if file is not None:
            return pages.file(request, file)
        saved = (await library.versions(name))[0]
        return pages.form(request, Draft(filled_by(saved.scenario), saved))

    @router.post("/{name}")
    async def changed(request: Request, name: Name, by_htmx: ByHtmx = False) -> Response:
        return await answer(pages, request, name, by_htmx)

    return router


def editor_actions_router(pages: EditorPages) -> APIRouter:
    """What is done with one that was saved: taken along, forgotten, set back."""
    router = APIRouter(prefix="/scenarios/{name}", include_in_schema=False)
    library = pages.control.library

    @router.get("/export")
    async def export(name: Name) -> Response:
        return yaml_file(await library.get(name))

    @router.post("/delete")
    async def delete(name: Name) -> Response:
        await library.delete(name)
        return to("/scenarios")

    @router.get("/versions")
    async def versions(
        request: Request, name: Name, before: Number = None, after: Number = None
    ) -> Response:
        return await pages.versions(request, name, before, after)

    @router.post("/restore")
    async def restore(name: Name, version: Annotated[int, Form(ge=1)]) -> Response:
        await library.save((await library.version(name, version)).scenario)
        return to(f"/scenarios/{name}/versions")

    return router
