"""Errors as RFC 9457 problems: the one place where an exception becomes an HTTP answer."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.errors import FieldError, InvalidRequest, PlaygroundError
from playground.redis_connection import translated
from playground_http.request_ids import request_id

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One field that is wrong."""

    field: str
    message: str


class Problem(BaseModel):
    """The body of every answer that is not 2xx (contract §3)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None


RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""For FastAPI's `responses`: what every route may answer besides its success."""


def problem_response(error: PlaygroundError, headers: Mapping[str, str] | None = None) -> Response:
    """*error* as an answer. 503 tells the client to come back."""
    more = {"Retry-After": "2"} if error.status == 503 else {}
    return Response(
        json.dumps(error.problem(request_id())),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **more, **(headers or {})},
    )


ErrorPage = Callable[[Request, PlaygroundError], Response | None]
"""Shows a failure of a path that is its own as a page; None leaves it to be a problem."""


class Refusals:
    """Turns exceptions into answers: a page where an ErrorPage wants to, else a problem."""

    def __init__(self, pages: Sequence[ErrorPage]) -> None:
        self._pages = pages

    def answer(
        self, request: Request, error: PlaygroundError, headers: Mapping[str, str] | None = None
    ) -> Response:
        """*error* in the way that *request* should get it."""
        shown = (page(request, error) for page in self._pages)
        return next((s for s in shown if s is not None), None) or problem_response(error, headers)

    async def expected(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, PlaygroundError)
        if error.status >= 500:
            log.warning("answered %s %s: %s", error.status, error.code, error.detail)
        return self.answer(request, error)

    async def invalid(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        fields = tuple(FieldError(_field(e["loc"]), e["msg"]) for e in error.errors())
        return self.answer(request, InvalidRequest("Some fields are not valid.", errors=fields))

    async def http(self, request: Request, error: Exception) -> Response:
        """Starlette's own refusals: no such path, no such method, a body that is not JSON."""
        assert isinstance(error, HTTPException)
        refused = InvalidRequest(str(error.detail))
        refused.status = error.status_code
        refused.title = str(error.detail)
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(_methods(request))
        return self.answer(request, refused, headers)

    async def redis(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RedisError)
        log.error("Redis: %s", error)
        return self.answer(request, translated(error))


class LastResort:
    """ASGI middleware: logs what nobody caught and answers `internal`.

    Starlette's own handler of last resort stands outside every middleware, so its answers would
    carry no request id.
    """

    def __init__(self, app: ASGIApp, refusals: Refusals) -> None:
        self._app = app
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            if scope["type"] != "http" or started:
                raise  # the server cuts the connection: the answer cannot be taken back
            log.exception("unexpected failure")
            answer = self._refusals.answer(Request(scope), PlaygroundError())
            await answer(scope, receive, send)


def install_problems(app: FastAPI, error_pages: Sequence[ErrorPage] = ()) -> None:
    """Make every failure of *app* a problem; what nobody expected is shown as `internal`."""
    refusals = Refusals(error_pages)
    app.add_exception_handler(PlaygroundError, refusals.expected)
    app.add_exception_handler(RequestValidationError, refusals.invalid)
    app.add_exception_handler(HTTPException, refusals.http)
    app.add_exception_handler(RedisError, refusals.redis)
    app.add_middleware(LastResort, refusals=refusals)


def _methods(request: Request) -> list[str]:
    """What the path can do; Starlette itself names the methods of one of its routes alone."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    matching = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in matching for method in route.methods or ()})


def _field(place: tuple[int | str, ...]) -> str:
    """``("body", "inputs", "n")`` as ``inputs.n``."""
    parts = (
        place[1:] if len(place) > 1 and place[0] in ("body", "query", "path", "header") else place
    )
    return ".".join(str(part) for part in parts)
