"""Opening a door: the order in which an app's shared layers stand, told once."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from playground_http.guards import BodyLimit, OriginGuard
from playground_http.health import Check, health_router
from playground_http.metrics import RequestMetrics, metrics_router
from playground_http.problems import ErrorPage, install_problems
from playground_http.request_ids import RequestIds
from playground_http.settings import DoorSettings


def open_door(
    app: FastAPI,
    settings: DoorSettings,
    *,
    checks: Mapping[str, Check],
    registry: CollectorRegistry,
    error_pages: Sequence[ErrorPage] = (),
    larger_bodies: Mapping[str, int] | None = None,
) -> None:
    """Give *app* the manners of the house.

    The last layer added is the outermost: the request id comes first, so that every refusal carries
    one; then the count, so that refusals are counted; then the guards.
    """
    install_problems(app, error_pages)
    app.include_router(health_router(checks))
    app.include_router(metrics_router(registry))
    app.add_middleware(BodyLimit, limit=settings.max_body_bytes, larger=larger_bodies or {})
    app.add_middleware(OriginGuard, settings=settings)
    app.add_middleware(RequestMetrics, registry=registry)
    app.add_middleware(RequestIds)
