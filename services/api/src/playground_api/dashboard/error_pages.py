"""Failures of the dashboard's own paths, shown to browsers as pages; REST paths stay problems."""

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
    request: Request, error: PlaygroundError, *, scenario: str | None = None, key: str = ""
) -> HTMLResponse:
    """The page for *error*; with *scenario*, it offers to launch that one again."""
    answer = page(
        request,
        "error.html",
        status=error.status,
        error=error,
        advice=advice(error),
        request_id=request_id(),
        comes_back=error.status == 503 and request.method == "GET",
        scenario=scenario,
        key=key,
    )
    if error.status == 503:
        answer.headers["Retry-After"] = "2"
    return answer
