"""`GET /v1/models/status` (contract §7)."""

from typing import Any

from fastapi import APIRouter

from playground.models import note_on
from playground_chat.backend.engine.model_status import ModelStates


def models_router(states: ModelStates, *, default_model: str) -> APIRouter:
    """Which models are usable, and why not."""
    router = APIRouter(tags=["models"])

    @router.get("/v1/models/status")
    async def status() -> dict[str, Any]:
        return await model_list(states, default_model=default_model)

    return router


async def model_list(states: ModelStates, *, default_model: str) -> dict[str, Any]:
    """The models that are named anywhere, each with its state and what to know of it."""
    items = [
        {
            "model": state.model,
            "default": state.model == default_model,
            "usable": state.usable,
            "reason": state.reason,
            "note": note_on(state.model),
        }
        for state in await states.all()
    ]
    return {"default": default_model, "items": items}
