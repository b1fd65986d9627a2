"""The form that launches, the wait for a page, and where the page then opens."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from httpx_sse import aconnect_sse

from playground.keys import Keys
from playground_api.dashboard import launch_routes
from tests.support.workers import WorkerThatLaunchesAtOnce, WorkerThatWaitsForAWord

HTML = {"accept": "text/html"}
FORM = {"scenario": "support", "advanced": "1"}


@pytest.fixture
async def patient_worker(
    redis_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[WorkerThatWaitsForAWord]:
    monkeypatch.setattr(launch_routes, "QUICK_S", 0.0)
    async with WorkerThatWaitsForAWord(redis_url, keys) as double:
        yield double


async def newest(api: httpx.AsyncClient) -> dict[str, Any]:
    return (await api.get("/v1/sessions")).json()["items"][0]


async def test_what_the_form_asks_for_is_launched(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    chosen = {
        "title": "Ada's phone", "model": "test:other", "temperature": "0.5",
        "inputs.product": "tablet", "inputs.steps": "5", "context": '{"plan": "Pro"}',
    }  # fmt: skip
    answer = await api.post("/launch", data=FORM | chosen)
    assert (answer.status_code, answer.headers["location"]) == (303, worker.page)
    session = await newest(api)
    assert (session["title"], session["model"], session["temperature"]) == (
        "Ada's phone", "test:other", 0.5,
    )  # fmt: skip
    assert session["inputs"] == {"product": "tablet", "steps": 5}
    context = await api.get(f"/v1/sessions/{session['id']}/context")
    assert context.json() == {"plan": "Pro"}


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("context", '{"a": ', "is no JSON"),
        ("context", "[1]", "must be an object"),
        ("inputs.steps", "9", "must be at most 5"),
        ("temperature", "warm", "must be a number"),
        ("temperature", "3", "less than or equal to 2"),
        ("model", "two words", "should match pattern"),
    ],
)
async def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_lost(
    api: httpx.AsyncClient, field: str, text: str, said: str
):
    answer = await api.post("/launch", data=FORM | {"title": "Mine", field: text}, headers=HTML)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Mine"' in answer.text
    assert (await api.get("/v1/sessions")).json()["items"] == []


async def test_a_launch_that_takes_its_time_says_how_it_goes_and_then_goes_on(
    http_api: httpx.AsyncClient, patient_worker: WorkerThatWaitsForAWord
):
    answer = await http_api.post("/launch", data={"scenario": "support"})
    wait = answer.headers["location"]
    assert re.fullmatch(r"/sessions/ses-\w+/launching", wait)
    page = (await http_api.get(wait)).text
    assert "<title>Queued… · Technical Support</title>" in page
    assert "Number 1 in the queue" in page
    seen: list[str] = []
    async with aconnect_sse(http_api, "GET", f"{wait}/live") as source:
        async for event in source.aiter_sse():
            seen.append(event.data)
            patient_worker.go.set()
            if "data-over" in event.data:
                break
    assert "Number 1 in the queue" in seen[0]
    answer = await http_api.get(wait)
    assert (answer.status_code, answer.headers["location"]) == (303, patient_worker.page)


async def test_pages_open_as_this_browser_prefers(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    assert (await api.post("/preferences", data={"opens_in": "split"})).status_code == 303
    assert 'target="_blank"' not in (await api.get("/")).text
    answer = await api.post("/launch", data={"scenario": "support"})
    assert re.fullmatch(r"/sessions/ses-\w+/split", answer.headers["location"])
    split = await api.get(answer.headers["location"])
    assert f'<iframe src="{worker.page}"' in split.text
    assert re.search(r'<h1>Technical Support</h1>\s*<p class="quiet">[a-z]+:[^<·]+</p>', split.text)
    assert "frame-src 'self' http://127.0.0.1:*" in split.headers["content-security-policy"]
    assert (await api.post("/preferences", data={"opens_in": "moon"})).status_code == 422


async def test_what_goes_on_is_shown_live_on_the_front_page(
    http_api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    async with aconnect_sse(http_api, "GET", "/live") as source:
        events = source.aiter_sse()
        assert "Nothing runs yet" in (await anext(events)).data
        body = {"scenario": "support", "title": json.dumps("<b>")}
        await http_api.post("/v1/sessions?wait=20", json=body)
        async for event in events:
            if "Ready" in event.data:
                assert "&lt;b&gt;" in event.data
                break
