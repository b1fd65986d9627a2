"""Comparisons to be taken along: `/compare/export`, all that are kept or one of them."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from playground_api.comparisons.comparing import Comparing
from playground_api.comparisons.exports import Answered, as_csv, as_json
from playground_api.comparisons.runs import ComparisonNotFound
from playground_api.downloads import download


def compare_files_router(comparing: Comparing) -> APIRouter:
    """To be included before the router whose paths name a run."""
    router = APIRouter(prefix="/compare", include_in_schema=False)

    @router.get("/export")
    async def export(
        format: Literal["json", "csv"] = "json",
        run: Annotated[str | None, Query(max_length=40)] = None,
    ) -> Response:
        if run is not None:
            answered = [await comparing.look(run)]
        else:
            ids = await comparing.runs.newest_ids()
            answered = [one for run_id in ids if (one := await _kept(comparing, run_id))]
        if format == "csv":
            text = await asyncio.to_thread(as_csv, answered)
            return download(text, "text/csv; charset=utf-8", "comparisons.csv")
        text = await asyncio.to_thread(as_json, answered)
        return download(text, "application/json", "comparisons.json")

    return router


async def _kept(comparing: Comparing, run_id: str) -> Answered | None:
    try:
        return await comparing.look(run_id)
    except ComparisonNotFound:
        return None
