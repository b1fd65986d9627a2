"""A scenario's fallbacks: asked while the first model has not said a word, and never after."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.support.chat_backend import all_events, running_backend
from tests.support.scripted_model import ScriptedModel

_PRICES = '"openai:third" = {input = 1.0, output = 4.0}'
_MODELS = {
    "refused": ("openai:first[[status=500]]", "openai:second"),
    "silent": ("openai:first[[silent=1]]", "openai:second"),
    "unknown": ("anthropic:first", "nobody:x", "openai:second"),
    "broken": ("openai:first[[drop_after=2]]", "openai:second"),
    "hopeless": ("openai:first[[status=401]]", "openai:second[[status=500]]"),
    "counted": ("openai:counted[[status=500]]", "openai:third"),
}


def _scenario(name: str, model: str, *fallbacks: str) -> str:
    fields = {"name": name, "title": name, "system_prompt": "Be brief.", "model": model}
    return json.dumps({**fields, "fallbacks": list(fallbacks)})


@pytest.fixture(scope="module")
def backend_url(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scenarios")
    for name, models in _MODELS.items():
        (folder / f"{name}.yaml").write_text(_scenario(name, *models))
    prices = folder / "prices.toml"
    prices.write_text(_PRICES)
    settings = {"model_stall_s": 1.5, "prices_file": prices}
    with running_backend(redis_server_url, model.url, folder, **settings) as url:
        yield url


@pytest.fixture
async def client(backend_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=backend_url, timeout=20) as made:
        yield made


async def _answer(client: httpx.AsyncClient, scenario: str) -> dict[str, Any]:
    """The last message of a conversation with *scenario*, by what its log keeps."""
    asked = {"input": "Hello [[tokens=3]]", "targets": [{"scenario": scenario}]}
    stream = await all_events(client, "POST", "/v1/compare", json=asked)
    conversation = stream[0].json()["session_id"]
    kept = await client.get(f"/v1/sessions/{conversation}/messages")
    return kept.json()["items"][-1]


@pytest.mark.parametrize("why", ["refused", "silent", "unknown"])
async def test_another_model_answers_and_is_named(client: httpx.AsyncClient, why: str) -> None:
    message = await _answer(client, why)
    assert (message["status"], message["content"]) == ("complete", "w0 w1 w2")
    assert message["model"] == "openai:second"


async def test_nobody_stands_in_once_a_word_was_said(client: httpx.AsyncClient) -> None:
    message = await _answer(client, "broken")
    assert (message["status"], message["content"]) == ("failed", "w0 w1")
    assert message["model"] == "openai:first[[drop_after=2]]"


async def test_where_all_fail_the_first_ones_failure_is_told(client: httpx.AsyncClient) -> None:
    asked = {"input": "Hello", "targets": [{"scenario": "hopeless"}]}
    stream = await all_events(client, "POST", "/v1/compare", json=asked)
    assert "refused the key" in stream[1].json()["problem"]["detail"]


async def test_tools_are_given_to_the_model_that_stands_in(client: httpx.AsyncClient) -> None:
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    said = [{"role": "user", "content": "Hello [[calls=1 tokens=0]]"}]
    asked = {"model": "refused", "messages": said, "tools": [tool]}
    answer = (await client.post("/v1/chat/completions", json=asked)).json()
    assert answer["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "add"


async def test_tokens_and_their_known_price_are_told_and_counted(
    client: httpx.AsyncClient,
) -> None:
    usage = (await _answer(client, "counted"))["usage"]
    assert usage["output_tokens"] == 3
    assert usage["total_tokens"] == usage["input_tokens"] + 3
    assert usage["cost_usd"] == pytest.approx((usage["input_tokens"] + 3 * 4) / 1e6)
    plain = await client.post("/v1/chat", json={"session_id": "demo", "input": "[[tokens=2]]"})
    assert "cost_usd" not in plain.json()["usage"], "nobody has told the price of this one"
    metrics = (await client.get("/metrics")).text
    assert 'playground_model_tokens_total{direction="out",model="openai:third"} 3.0' in metrics
    assert 'playground_model_fallbacks_total{model="openai:third"} 1.0' in metrics
    assert 'playground_model_retries_total{model="openai:counted[[status=500]]"} 2.0' in metrics
