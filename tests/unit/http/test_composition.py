from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from playground_http.composition import Part, compose
from playground_http.settings import DoorSettings


def a_part(name: str, happened: list[str]) -> Part:
    router = APIRouter()

    @router.get(f"/{name}")
    async def answer() -> str:
        return name

    @asynccontextmanager
    async def running() -> AsyncGenerator[None]:
        happened.append(f"{name} starts")
        yield
        happened.append(f"{name} stops")

    def start() -> AbstractAsyncContextManager[None]:
        return running()

    return Part([router], start)


async def test_parts_start_in_order_serve_together_and_stop_in_reverse():
    happened: list[str] = []
    parts = [a_part("a", happened), a_part("b", happened)]
    app = compose(parts, DoorSettings(), CollectorRegistry(), title="T")
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        assert [(await client.get(p)).json() for p in ("/a", "/b")] == ["a", "b"]
    assert happened == ["a starts", "b starts", "b stops", "a stops"]


def test_every_route_describes_its_problems():
    app = compose([a_part("a", [])], DoorSettings(), CollectorRegistry(), title="T")
    document = app.openapi()
    schemas = document["components"]["schemas"]
    assert {"Problem", "FieldProblem"} <= set(schemas)
    answer = document["paths"]["/a"]["get"]["responses"]["default"]["content"]
    assert answer["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
