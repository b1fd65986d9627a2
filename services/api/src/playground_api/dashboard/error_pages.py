"""Failures of the dashboard's own paths, shown to browsers as pages; REST paths stay problems."""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse

from playground.errors import PlaygroundError
from playground_api.dashboard.rendering import page
from playground_api.dashboard.words import advice
from playground_http.request_ids import request_id

_MACHINES = (
    "/v1",
    "/internal",
    "/mcp",
    "/ws",
    "/predict",
    "/static",
    "/docs",
    "/openapi.json",
    "/metrics",
    "/healthz",
    "/readiness",
)


def error_page(request: Request, error: PlaygroundError) -> HTMLResponse | None:
    """A page that says what went wrong and what to do, if a browser asked for one of ours."""
    path = request.url.path
    for_machines = any(path == prefix or path.startswith(f"{prefix}/") for prefix in _MACHINES)
    if for_machines or "text/html" not in request.headers.get("accept", ""):
        return None
    return failure(request, error)


def failure(
    request: Request, error: PlaygroundError, *, again: Mapping[str, str] | None = None
) -> HTMLResponse:
    """The page for *error*; with *again*, it offers to send that to the form that launches."""
    answer = page(
        request,
        "error.html",
        status=error.status,
        error=error,
        advice=advice(error),
        request_id=request_id(),
        comes_back=error.status == 503 and request.method == "GET" and again is None,
        again=again,
    )
    if error.status == 503:
        answer.headers["Retry-After"] = "2"
    return answer
