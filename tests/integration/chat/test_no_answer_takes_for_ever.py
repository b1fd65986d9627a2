"""The limit of a turn's time, at every door and whatever takes so long."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.support.chat_backend import all_events, running_backend, said
from tests.support.scripted_model import ScriptedModel
from tests.support.tool_server import running_tools

TOO_LONG = "longer than 1 seconds"
ENDLESS = "[[tokens=5000 pace_ms=20]]"


@pytest.fixture(scope="module")
def backend_url(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scenarios")
    with running_tools() as tools:
        settings: dict[str, Any] = {"turn_limit_s": 1, "mcp_server_url": tools.url}
        with running_backend(redis_server_url, model.url, folder, **settings) as url:
            yield url


@pytest.fixture
async def client(backend_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=backend_url, timeout=20) as made:
        yield made


async def test_what_was_said_in_time_is_kept(client: httpx.AsyncClient) -> None:
    asked = {"session_id": "demo", "input": ENDLESS}
    stream = await all_events(client, "POST", "/v1/chat/stream", json=asked)
    assert [e.kind for e in stream[-2:]] == ["error", "done"]
    assert TOO_LONG in stream[-2].json()["detail"]
    kept = (await client.get("/v1/sessions/demo/messages")).json()["items"][-1]
    assert (kept["status"], kept["content"]) == ("failed", said(stream))


@pytest.mark.parametrize(
    "way", ["silent=1", "tokens=5000 pace_ms=20 mute=1", "tokens=1 bad=cut stall_after=1"]
)
async def test_a_model_that_gives_no_end_is_left(client: httpx.AsyncClient, way: str) -> None:
    answer = await client.post("/v1/chat", json={"session_id": "demo", "input": f"[[{way}]]"})
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
    assert TOO_LONG in answer.json()["detail"]


async def test_a_tool_does_not_hold_a_turn_for_longer(client: httpx.AsyncClient) -> None:
    asked = {"session_id": "demo", "input": "[[call=hang tokens=1]]"}
    stream = await all_events(client, "POST", "/v1/agent/chat/stream", json=asked)
    assert [e.kind for e in stream[-2:]] == ["error", "done"]
    assert TOO_LONG in stream[-2].json()["detail"]


async def test_a_comparison_ends_too(client: httpx.AsyncClient) -> None:
    asked = {"input": ENDLESS, "targets": [{"scenario": "helpdesk"}]}
    stream = await all_events(client, "POST", "/v1/compare", json=asked)
    assert TOO_LONG in next(e.data for e in stream if e.kind == "error")


@pytest.mark.parametrize(("words", "streamed"), [(ENDLESS, True), ("[[silent=1]]", False)])
async def test_a_completion_ends_too(client: httpx.AsyncClient, words: str, streamed: bool) -> None:
    said_by_user = [{"role": "user", "content": words}]
    asked = {"model": "helpdesk", "messages": said_by_user, "stream": streamed}
    answer = await client.post("/v1/chat/completions", json=asked)
    assert TOO_LONG in answer.text
    assert answer.status_code == (200 if streamed else 503)
