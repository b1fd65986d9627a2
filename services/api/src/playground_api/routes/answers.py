"""What the routes about sessions share: how a session is answered, and how long one may wait."""

from typing import Annotated

from fastapi import Header, Query, Response
from fastapi.responses import JSONResponse

from playground.sessions.model import Session
from playground_api.control import Asked, Control, settled
from playground_api.outcomes import refusal
from playground_http.problems import problem_response

STOP_WAIT_S = 8.0

Wait = Annotated[
    float, Query(ge=0, le=60, description="Seconds to hold the answer until the launch is over")
]
IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=200, description="A repeat gives the first session")
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


async def launched(control: Control, asked: Asked, wait_s: float) -> Response:
    """The answer to who wants a new session, held for *wait_s* at most."""
    session = await control.settled(asked.session, wait_s)
    headers = {"Location": f"/v1/sessions/{session.id}"}
    if wait_s and (refused := refusal(session)):
        return problem_response(refused, headers)
    status = _status_of(session, waited=wait_s > 0, fresh=asked.fresh)
    return await shown(control, session, status, headers)


def _status_of(session: Session, *, waited: bool, fresh: bool) -> int:
    """202 to who does not wait, or in vain; else 201 to who asks first, 200 to who repeats."""
    if not settled(session) or (fresh and not waited):
        return 202
    return 201 if fresh else 200
