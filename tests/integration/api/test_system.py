"""The system page on real metrics and a real Redis; and how it finds the chat backends."""

import asyncio
import socket
from collections.abc import Sequence

import httpx
import pytest
from httpx_sse import aconnect_sse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from playground_api.figures import watching
from playground_api.figures.backends import ChatBackends, addresses_of
from tests.support.served import served_beside
from tests.support.waiting import wait_until
from tests.support.workers import WorkerThatLaunchesAtOnce


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EVERY_S", 0.1)


async def test_the_system_page_tells_what_is_and_stays_live(
    http_api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    async def page() -> str:
        return (await http_api.get("/system")).text

    async def looked() -> bool:
        return "double" in await page()

    await wait_until(looked, "the worker is seen")
    text = await page()
    assert "The chat backend could not be asked." in text
    assert text.count("<svg") == 8
    assert 'style="' not in text
    async with asyncio.timeout(10), aconnect_sse(http_api, "GET", "/system/live") as source:
        await http_api.post("/v1/sessions?wait=20", json={"scenario": "support"})
        async for event in source.aiter_sse():
            if "1 in the last minute; 0 % found" in event.data:
                break


async def test_every_chat_backend_of_one_name_is_asked_by_itself():
    async def told(request: Request) -> PlainTextResponse:
        (host, _), asked = request.scope["server"], request.headers["host"]
        return PlainTextResponse(f"{host} {asked}")

    async def three(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1", "127.0.0.2", "127.0.0.3"]

    app = Starlette(routes=[Route("/metrics", told)])
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with (
            socket.create_server(("127.0.0.2", port)) as second,
            served_beside(app, first),
            served_beside(app, second),
        ):
            backends = ChatBackends(f"http://chat:{port}", resolve=three)
            answers = await backends.each("/metrics")
            await backends.close()
    said = {address: answer and answer.text for address, answer in answers.items()}
    assert said == {
        "127.0.0.1": "127.0.0.1 localhost",
        "127.0.0.2": "127.0.0.2 localhost",
        "127.0.0.3": None,
    }
    assert await addresses_of("nobody.invalid", 80) == []
    assert await addresses_of("127.0.0.1", 80) == ["127.0.0.1"]
