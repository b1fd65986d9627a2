"""What the scenario editor shows: the list, the form with its preview, the versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import HTMLResponse

from playground.library.record import Version
from playground.scenarios.accents import ACCENTS
from playground.scenarios.layouts import Layout
from playground.scenarios.model import Scenario
from playground.scenarios.writing import as_yaml
from playground_api.comparisons.comparing import Comparing, finished
from playground_api.comparisons.model import Run
from playground_api.control import Control
from playground_api.dashboard.compare_words import Shown, columns
from playground_api.dashboard.editor_form import Filled, filled_by
from playground_api.dashboard.editor_versions import diff
from playground_api.dashboard.rendering import html, page

INPUT_TYPES = ("text", "textarea", "select", "number", "slider", "checkbox", "code")
LAYOUTS: Mapping[Layout, str] = {
    "sidebar": "In the sidebar",
    "top": "Above, one below another",
    "columns": "Above, side by side",
}


@dataclass(frozen=True)
class Draft:
    """The form as it stands: of a new scenario, or of the one that was saved as *saved*."""

    filled: Filled
    saved: Version | None = None
    wrong: Mapping[str, str] = field(default_factory=dict[str, str])
    question: str = ""
    status: int = 200


@dataclass(frozen=True)
class EditorPages:
    """Renders the editor. Methods may raise redis-py's errors."""

    control: Control
    comparing: Comparing

    async def all(self, request: Request) -> HTMLResponse:
        """Every scenario there is, and what can be done with it."""
        library = self.control.library
        return page(
            request,
            "editor_list.html",
            own=await library.own(),
            shipped=library.shipped(),
            broken=await library.broken(),
        )

    def form(self, request: Request, draft: Draft) -> HTMLResponse:
        """The form, of which nothing was tried yet."""
        return self._form(request, draft, None, [])

    async def previewed(self, request: Request, draft: Draft, run: Run) -> HTMLResponse:
        """The form and what the draft has answered by now."""
        judged, answers = await self.comparing.look(run.id)
        live = None if finished(answers) else run
        return self._form(request, draft, live, columns(judged, answers))

    async def preview(self, run: Run) -> str:
        """The preview alone, for htmx."""
        judged, answers = await self.comparing.look(run.id)
        live = None if finished(answers) else run
        return html("editor_preview.html", run=live, columns=columns(judged, answers))

    def _form(
        self, request: Request, draft: Draft, run: Run | None, shown: list[Shown]
    ) -> HTMLResponse:
        return page(
            request,
            "editor.html",
            status=draft.status,
            filled=draft.filled,
            saved=draft.saved,
            wrong=draft.wrong,
            question=draft.question,
            just_saved="saved" in request.query_params,
            run=run,
            columns=shown,
            accents=ACCENTS,
            layouts=LAYOUTS,
            input_types=INPUT_TYPES,
            default_model=self.control.default_model,
        )

    def file(self, request: Request, scenario: Scenario) -> HTMLResponse:
        """One that is a file: to be read, and duplicated."""
        return page(request, "editor_file.html", scenario=scenario, text=as_yaml(scenario))

    async def versions(
        self, request: Request, name: str, before: int | None, after: int | None
    ) -> HTMLResponse:
        """The versions of one, and what changed from *before* to *after*: the last step, if not
        named. Raises ScenarioNotFound."""
        kept = await self.control.library.versions(name)
        newest = kept[0].version
        to = after or newest
        since = before or max((one.version for one in kept if one.version < to), default=to)
        by_number = {one.version: one for one in kept}
        old, new = by_number.get(since, kept[-1]), by_number.get(to, kept[0])
        return page(
            request,
            "editor_versions.html",
            name=name,
            versions=kept,
            before=old,
            after=new,
            lines=diff(old.scenario, new.scenario),
        )


def blank() -> Draft:
    """A new scenario of which nothing is known."""
    return Draft(Filled({"icon": "💬"}))


def duplicate(scenario: Scenario) -> Draft:
    """A new scenario that begins as a copy."""
    filled = filled_by(scenario)
    filled.values |= {"name": f"{scenario.name[:58]}-copy", "title": f"{scenario.title[:75]} copy"}
    return Draft(filled)
