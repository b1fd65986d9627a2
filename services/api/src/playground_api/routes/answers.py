"""What the routes about sessions share: how a session is answered, and how long one may wait."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import JSONResponse

from playground.sessions.model import Session
from playground_api.control import Control

STOP_WAIT_S = 8.0

Wait = Annotated[
    float, Query(ge=0, le=60, description="Seconds to hold the answer until the launch is over")
]


async def shown(
    control: Control, session: Session, status: int = 200, headers: dict[str, str] | None = None
) -> JSONResponse:
    """The answer with the session, and its place in the queue if it waits in it."""
    return answer((await control.shown(session))[0], status, headers)


def answer(
    session: Session, status: int = 200, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse(session.public(), status, {"Cache-Control": "no-store", **(headers or {})})
