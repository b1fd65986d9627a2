"""Apps made of parts: a service is one part; the embedded stack serves several from one process."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from starlette.routing import Route
from starlette.types import ASGIApp

from playground_http.api_page import ASSETS, api_page_files, api_page_router
from playground_http.doorway import open_door
from playground_http.health import Check
from playground_http.problems import RESPONSES, ErrorPage, Problem
from playground_http.settings import DoorSettings


@dataclass(frozen=True)
class Part:
    """One service's share of an app."""

    routers: Sequence[APIRouter]
    running: Callable[[], AbstractAsyncContextManager[None]]
    """Starts the part's background work and ends it: entered before the first request."""
    checks: Mapping[str, Check] = field(default_factory=dict[str, Check])
    mounts: Mapping[str, ASGIApp] = field(default_factory=dict[str, ASGIApp])
    larger_bodies: Mapping[str, int] = field(default_factory=dict[str, int])
    """Bytes that bodies may have on the paths that match a pattern, where that is more."""
    endpoints: Mapping[str, ASGIApp] = field(default_factory=dict[str, ASGIApp])
    """Apps that answer at one path each (it may have parameters), by whatever method."""
    error_page: ErrorPage | None = None
    """How this part shows a failure to a browser on its own pages."""


def compose(
    parts: Sequence[Part], settings: DoorSettings, registry: CollectorRegistry, *, title: str
) -> FastAPI:
    """An app of *parts*. They start in order and stop in reverse: one may lean on those before."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            for part in parts:
                await stack.enter_async_context(part.running())
            yield

    app = FastAPI(
        title=title,
        version="0.1.0",
        lifespan=lifespan,
        responses=RESPONSES,
        docs_url=None,
        redoc_url=None,
    )
    checks = {name: check for part in parts for name, check in part.checks.items()}
    error_pages = [part.error_page for part in parts if part.error_page is not None]
    open_door(
        app,
        settings,
        checks=checks,
        registry=registry,
        error_pages=error_pages,
        larger_bodies={path: most for part in parts for path, most in part.larger_bodies.items()},
    )
    app.include_router(api_page_router(title))
    app.mount(ASSETS, api_page_files())
    _put_first(app, {path: one for part in parts for path, one in part.endpoints.items()})
    for part in parts:
        for router in part.routers:
            app.include_router(router)
        for path, mounted in part.mounts.items():
            app.mount(path, mounted)
    _describe_problems(app)
    return app


def _put_first(app: FastAPI, endpoints: Mapping[str, ASGIApp]) -> None:
    """Routes are looked through in their order, and these take most requests."""
    routes = [Route(path, one, include_in_schema=False) for path, one in endpoints.items()]
    app.router.routes[:0] = routes


def _describe_problems(app: FastAPI) -> None:
    """Put the Problem schema, which every route's answers name, into the OpenAPI document."""
    described = app.openapi

    def openapi() -> dict[str, object]:
        document = described()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}), Problem=schema)
        return document

    app.openapi = openapi
