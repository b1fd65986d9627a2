"""How a person likes pages to open: remembered by the browser, in a cookie."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from playground_api.dashboard.actions import to

COOKIE = "playground_opens_in"
_YEAR_S = 365 * 86_400


class Opening(StrEnum):
    """Where a launched page is shown."""

    TAB = "tab"
    SPLIT = "split"


def opening(request: Request) -> Opening:
    """What this browser prefers; a new tab where it has not said."""
    kept = request.cookies.get(COOKIE, "")
    return Opening(kept) if kept in set(Opening) else Opening.TAB


def preferences_router() -> APIRouter:
    """The form that remembers."""
    router = APIRouter(include_in_schema=False)

    @router.post("/preferences")
    async def remember(opens_in: Annotated[Opening, Form()]) -> Response:
        answer = to("/")
        answer.set_cookie(COOKIE, opens_in, max_age=_YEAR_S, httponly=True, samesite="lax")
        return answer

    return router
