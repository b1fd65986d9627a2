"""A turn that is cancelled, stalls, breaks or cannot begin: what was said is kept, and marked."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.chat_backend import all_events, events, running_backend, said
from tests.support.scripted_model import ScriptedModel, running_model
from tests.support.waiting import wait_until


def _ask(words: str, **more: object) -> dict[str, Any]:
    return {"session_id": "demo", "input": words, **more}


async def _last(client: httpx.AsyncClient) -> dict[str, Any]:
    return (await client.get("/v1/sessions/demo/messages")).json()["items"][-1]


async def test_a_cancelled_turn_keeps_what_was_said(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    left_before = model.abandoned
    asked = _ask("[[tokens=500 pace_ms=10]]")
    async with events(client, "POST", "/v1/chat/stream", json=asked) as stream:
        seen = [await anext(stream), await anext(stream)]
        cancelled = await client.post("/v1/sessions/demo/cancel")
        assert (cancelled.status_code, cancelled.json()) == (202, {"cancelled": True})
        seen += [event async for event in stream]
    assert {e.kind for e in seen[:-1]} == {"token"}
    assert seen[-1].kind == "done"
    kept = await _last(client)
    assert (kept["status"], kept["content"]) == ("cancelled", said(seen))
    await wait_until(lambda: model.abandoned == left_before + 1, "the model was left")
    follow_up = await client.post("/v1/chat", json=_ask("[[say=history]]"))
    assert "assistant" in follow_up.json()["text"]


async def test_a_whole_answer_that_is_cancelled_says_so(client: httpx.AsyncClient) -> None:
    asking = asyncio.create_task(client.post("/v1/chat", json=_ask("[[tokens=500 pace_ms=10]]")))

    async def cancelled() -> bool:
        return (await client.post("/v1/sessions/demo/cancel")).json()["cancelled"]

    await wait_until(cancelled, "a turn runs and is cancelled")
    answer = await asking
    if answer.status_code == 200:
        assert answer.json()["status"] == "cancelled"
    else:
        assert answer.json()["code"] == "conflict"


async def test_cancelling_nothing_is_no_error(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/sessions/demo/cancel")
    assert (answer.status_code, answer.json()) == (202, {"cancelled": False})


@pytest.mark.parametrize("way", ["drop_after=3", "stall_after=3"])
async def test_a_model_that_breaks_off_fails_the_turn_and_keeps_the_words(
    client: httpx.AsyncClient, way: str
) -> None:
    stream = await all_events(client, "POST", "/v1/chat/stream", json=_ask(f"[[{way}]]"))
    assert [e.kind for e in stream] == ["token"] * 3 + ["error", "done"]
    problem = stream[-2].json()
    assert (problem["code"], problem["status"]) == ("model_unavailable", 503)
    assert problem["request_id"]
    kept = await _last(client)
    assert (kept["status"], kept["content"]) == ("failed", "w0 w1 w2")
    assert kept["error"]["code"] == "model_unavailable"
    whole = await client.post("/v1/chat", json=_ask(f"again [[{way}]]"))
    assert (whole.status_code, whole.json()["code"]) == (503, "model_unavailable")


async def test_a_silent_model_is_given_up_and_left(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    left_before = model.abandoned
    answer = await client.post("/v1/chat", json=_ask("[[stall_after=0]]"))
    assert answer.status_code == 503
    assert "said nothing for 1.5 seconds" in answer.json()["detail"]
    await wait_until(lambda: model.abandoned == left_before + 1, "the model was left")


async def test_an_empty_answer_is_an_error_and_no_message(client: httpx.AsyncClient) -> None:
    stream = await all_events(client, "POST", "/v1/chat/stream", json=_ask("[[empty=1]]"))
    assert [e.kind for e in stream] == ["error", "done"]
    assert (await _last(client))["role"] == "user"


async def test_failures_before_the_first_word_are_tried_again(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/chat", json=_ask("[[status=500 times=2 tokens=1]]"))
    assert answer.json()["text"] == "w0"


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ("status=401", "OPENAI_API_KEY"),
        ("status=429", "rate limit"),
        ("status=404", "knows no model"),
        ("status=500", "failed"),
    ],
)
async def test_a_providers_refusal_is_told_in_clear_words(
    client: httpx.AsyncClient, failure: str, words: str
) -> None:
    answer = await client.post("/v1/chat", json=_ask(f"[[{failure}]]"))
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
    assert words in answer.json()["detail"]
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    ("model_id", "words"),
    [
        ("embedded:smollm2-135m-instruct", "make up"),
        ("anthropic:claude-x", "package"),
        ("no-such-thing", "cannot be used"),
    ],
)
async def test_a_model_that_cannot_be_used_here_says_why(
    client: httpx.AsyncClient, model_id: str, words: str
) -> None:
    stream = await all_events(client, "POST", "/v1/chat/stream", json=_ask("hi", model=model_id))
    assert [e.kind for e in stream] == ["error", "done"]
    assert words in stream[0].json()["detail"]


async def test_a_wrong_key_names_the_variable_and_never_the_key(
    redis_url: str, tmp_path: Path
) -> None:
    with (
        running_model(key="right") as model,
        running_backend(redis_url, model.url, tmp_path, openai_api_key="sk-wrong-9") as url,
    ):
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            answer = await client.post("/v1/chat", json=_ask("hi"))
            status = (await client.get("/v1/models/status")).json()["items"][0]
            ready = await client.get("/readiness")
    assert answer.status_code == 503
    assert "OPENAI_API_KEY" in answer.json()["detail"]
    assert "sk-wrong" not in answer.text
    assert (status["usable"], "OPENAI_API_KEY" in status["reason"]) == (False, True)
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")


async def test_a_model_server_that_is_away_is_unavailable_and_may_come_back(
    redis_url: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    away = f"http://127.0.0.1:{port}/v1"
    with running_backend(redis_url, away, tmp_path) as url:
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            answer = await client.post("/v1/chat", json=_ask("hi"))
            assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
            assert str(port) not in answer.text
            with running_model(port=port):
                answer = await client.post("/v1/chat", json=_ask("hi [[tokens=1]]"))
                assert answer.json()["text"] == "w0"
