"""A run as its answers come: words for each column over SSE, and at the end the whole of it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from playground_api.comparisons.comparing import Comparing
from playground_api.comparisons.model import Answer
from playground_api.dashboard.compare_words import Shown, columns, progress
from playground_api.dashboard.rendering import html
from playground_http.sse import event


async def live_run(comparing: Comparing, run_id: str) -> AsyncGenerator[bytes]:
    """Events `start`, `token` (column, text), `figures` (column, html), `finished` (html).

    Whoever comes back is told all from the start: `start` empties the columns. Raises nothing that
    the reader could mend: a run that is gone has been answered with 404 before.
    """
    judged = await comparing.runs.get(run_id)
    answers = [Answer()] * len(judged.run.columns)
    yield event("start", "{}")
    async with aclosing(comparing.follow(judged.run)) as changes:
        async for number, words, answer in changes:
            before, answers[number] = answers[number], answer
            if words:
                yield _told("token", column=number, text=words)
            if _figures_changed(before, answer):
                shown = Shown(number, judged.run.columns[number], answer)
                figures = html("compare_figures.html", shown=shown)
                yield _told("figures", column=number, html=figures, status=progress(answers))
    judged, answers = await comparing.look(run_id)
    shown = columns(judged, answers)
    whole = await asyncio.to_thread(html, "compare_columns.html", run=judged.run, columns=shown)
    yield _told("finished", html=whole, status=progress(answers))


def _figures_changed(before: Answer, now: Answer) -> bool:
    return (before.first_token_ms, before.outcome) != (now.first_token_ms, now.outcome)


def _told(kind: str, **data: object) -> bytes:
    return event(kind, json.dumps(data))
