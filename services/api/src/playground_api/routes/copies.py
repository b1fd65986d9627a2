"""A conversation that goes on elsewhere (contract §5): forks, exports, imports."""

import json
from typing import Literal

from fastapi import APIRouter, Response

from playground_api.copies import Copies
from playground_api.downloads import download
from playground_api.exports import as_json, as_markdown, file_name
from playground_api.imports import Imported
from playground_api.requests import Fork
from playground_api.routes.answers import IdempotencyKey, Wait, launched
from playground_api.schemas import SESSION_ANSWERS

WHOLE = Fork()


def copies_router(copies: Copies) -> APIRouter:
    """`/v1/sessions/{id}/fork`, `/export` and `/v1/sessions/import`."""
    router = APIRouter(prefix="/v1/sessions", tags=["sessions"])

    @router.post("/import", status_code=202, responses=SESSION_ANSWERS)
    async def import_session(file: Imported, wait: Wait = 0) -> Response:
        return await launched(copies.control, await copies.imported(file), wait)

    @router.post("/{session_id}/fork", status_code=202, responses=SESSION_ANSWERS)
    async def fork_session(
        session_id: str,
        wanted: Fork = WHOLE,
        wait: Wait = 0,
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        asked = await copies.fork(session_id, wanted, idempotency_key=idempotency_key)
        return await launched(copies.control, asked, wait)

    @router.get("/{session_id}/export", response_class=Response)
    async def export_session(
        session_id: str, format: Literal["json", "markdown"] = "json"
    ) -> Response:
        session = await copies.control.get(session_id)
        messages = await copies.messages(session)
        if format == "markdown":
            text = as_markdown(session, messages)
            return download(text, "text/markdown; charset=utf-8", file_name(session, "md"))
        text = json.dumps(as_json(session, messages), ensure_ascii=False, indent=2)
        return download(text, "application/json", file_name(session, "json"))

    return router
