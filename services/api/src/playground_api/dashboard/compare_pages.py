"""What the compare page shows: the form, a run with its columns, the votes, the latest runs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from playground.errors import InvalidRequest, TooLarge
from playground.scenarios.model import Scenario
from playground_api.comparisons.comparing import Comparing, finished
from playground_api.comparisons.model import MOST_COLUMNS
from playground_api.comparisons.votes import tallies
from playground_api.control import Control
from playground_api.dashboard.compare_words import columns, progress
from playground_api.dashboard.rendering import page

RECENT = 12
BLANK: Mapping[str, Any] = {
    "text": "", "errors": {}, "run": None, "columns": [], "finished": True, "status_line": "",
}  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """One place of the form: who is asked there; nobody where the scenario is empty."""

    scenario: str = ""
    model: str = ""


@dataclass(frozen=True)
class ComparePages:
    """Renders the compare page, with and without a run."""

    control: Control
    comparing: Comparing

    async def chats(self) -> list[Scenario]:
        """Whom one can ask."""
        return [one for one in await self.control.library.all() if one.kind == "chat"]

    async def blank(self, request: Request, chosen: Sequence[str]) -> HTMLResponse:
        """The form alone, the scenarios *chosen* in its first places."""
        names = list(chosen) or [one.name for one in (await self.chats())[:2]]
        return await self._page(request, [Slot(name) for name in names])

    async def refused(
        self, request: Request, text: str, slots: Sequence[Slot], refusal: InvalidRequest | TooLarge
    ) -> HTMLResponse:
        """The form as it was sent, and what is wrong with it."""
        errors = {error.field: error.message for error in refusal.errors}
        errors = errors or {"input": refusal.detail}
        return await self._page(request, slots, text=text, errors=errors, status=refusal.status)

    async def run(self, request: Request, run_id: str) -> HTMLResponse:
        """A run, and the form to ask the same again."""
        judged, answers = await self.comparing.look(run_id)
        slots = [
            Slot(column.wanted or column.scenario, column.wanted_model or "")
            for column in judged.run.columns
        ]
        return await self._page(
            request,
            slots,
            text=judged.run.input,
            run=judged.run,
            columns=columns(judged, answers),
            finished=finished(answers),
            status_line=progress(answers),
        )

    async def _page(
        self, request: Request, slots: Sequence[Slot], *, status: int = 200, **values: object
    ) -> HTMLResponse:
        runs = await self.comparing.runs.newest()
        chats = await self.chats()
        models = {self.control.default_model, *(one.model for one in chats if one.model)}
        shown: dict[str, Any] = {
            **BLANK,
            "slots": [*slots, *[Slot()] * MOST_COLUMNS][:MOST_COLUMNS],
            "scenarios": chats,
            "models": sorted(models),
            "default_model": self.control.default_model,
            "recent": runs[:RECENT],
            "runs": len(runs),
            "tallies": tallies(runs),
            **values,
        }
        return await asyncio.to_thread(page, request, "compare.html", status=status, **shown)
