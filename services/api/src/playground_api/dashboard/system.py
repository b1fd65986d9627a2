"""The system page: how the playground does, live."""

from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse

from playground_api.dashboard.panels import panels
from playground_api.dashboard.rendering import html, page
from playground_api.figures.history import EVERY_S
from playground_api.figures.watching import Figures
from playground_http.sse import event, stream

EVENT = "system"


def system_router(figures: Figures) -> APIRouter:
    """`/system`. Without JavaScript it loads itself again."""
    router = APIRouter(include_in_schema=False)

    @router.get("/system")
    async def system(request: Request) -> Response:
        return page(request, "system.html", every_s=EVERY_S, **_shown(figures))

    @router.get("/system/live")
    async def live() -> EventSourceResponse:
        return stream(_live(figures))

    return router


async def _live(figures: Figures) -> AsyncGenerator[bytes]:
    async for _ in figures.follow():
        yield event(EVENT, html("system_panels.html", **_shown(figures)))


def _shown(figures: Figures) -> dict[str, Any]:
    return {
        "panels": panels(figures.history),
        "around": figures.surroundings,
        "newest": figures.history.newest,
    }
