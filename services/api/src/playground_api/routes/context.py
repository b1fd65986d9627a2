"""A session's context over REST (contract §5): read, replaced, patched."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse

from playground_api.json_values import JsonObject
from playground_api.surroundings import Surroundings

Given = Annotated[JsonObject, Body()]


def context_router(surroundings: Surroundings) -> APIRouter:
    """`/v1/sessions/{id}/context`."""
    router = APIRouter(prefix="/v1/sessions/{session_id}/context", tags=["sessions"])

    @router.get("", response_model=dict[str, Any])
    async def get_context(session_id: str) -> JSONResponse:
        return _answer(await surroundings.read(session_id))

    @router.put("", response_model=dict[str, Any])
    async def replace_context(session_id: str, context: Given) -> JSONResponse:
        return _answer(await surroundings.replace(session_id, context))

    @router.patch("", response_model=dict[str, Any])
    async def merge_context(session_id: str, patch: Given) -> JSONResponse:
        return _answer(await surroundings.merge(session_id, patch))

    return router


def _answer(context: dict[str, Any]) -> JSONResponse:
    return JSONResponse(context, headers={"Cache-Control": "no-store"})
