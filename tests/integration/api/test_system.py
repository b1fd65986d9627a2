"""The system page on real metrics and a real Redis; the chat backend is away."""

import asyncio

import httpx
import pytest
from httpx_sse import aconnect_sse

from playground_api.figures import watching
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
