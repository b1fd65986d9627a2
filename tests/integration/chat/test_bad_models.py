"""Servers of models that misbehave: each gives a clean answer or a clear problem, never a trace."""

from typing import Any

import httpx
import pytest

from tests.support.chat_backend import all_events, said
from tests.support.scripted_model import ScriptedModel


def _ask(words: str, **more: object) -> dict[str, Any]:
    return {"session_id": "demo", "input": words, **more}


async def _last(client: httpx.AsyncClient) -> dict[str, Any]:
    return (await client.get("/v1/sessions/demo/messages")).json()["items"][-1]


@pytest.mark.parametrize("bad", ["json", "utf8", "error", "end"])
async def test_nonsense_after_a_word_ends_the_turn_and_keeps_what_was_said(
    client: httpx.AsyncClient, model: ScriptedModel, bad: str
) -> None:
    asked_before = len(model.requests)
    words = f"[[tokens=3 bad={bad} at=3]]"
    stream = await all_events(client, "POST", "/v1/chat/stream", json=_ask(words))
    assert said(stream) == "w0 w1 w2"
    assert [e.kind for e in stream[-2:]] == ["error", "done"]
    problem = stream[-2].json()
    assert problem["code"] == "model_unavailable"
    assert "not known" not in problem["detail"]
    kept = await _last(client)
    assert (kept["status"], kept["content"]) == ("failed", "w0 w1 w2")
    assert len(model.requests) == asked_before + 1, "what was said is not asked for again"


@pytest.mark.parametrize(
    "bad",
    [
        "bad=json",
        "bad=utf8",
        "bad=error",
        "bad=page",
        "bad=end",
        "body=text/html",
        "body=text/event-stream",
        "mute=1 tokens=9",
        "call=nothing",
    ],
)
async def test_nonsense_in_place_of_an_answer_is_a_clear_problem(
    client: httpx.AsyncClient, bad: str
) -> None:
    answer = await client.post("/v1/chat", json=_ask(f"[[tokens=0 {bad}]]"))
    assert (answer.status_code, answer.json()["code"]) == (503, "model_unavailable")
    assert "not known" not in answer.json()["detail"]


@pytest.mark.parametrize(
    ("bad", "text"), [("cut", "né w1"), ("halves", "\U0001f600 w1"), ("lone", "� w1")]
)
async def test_a_character_that_comes_in_halves_is_one_again(
    client: httpx.AsyncClient, bad: str, text: str
) -> None:
    answer = await client.post("/v1/chat", json=_ask(f"[[tokens=2 bad={bad}]]"))
    assert answer.json()["text"].replace("w0", "") == text
    assert (await _last(client))["content"] == answer.json()["text"]


async def test_half_a_character_at_the_very_end_is_replaced(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/chat", json=_ask("[[tokens=1 bad=lone at=1]]"))
    assert answer.json()["text"] == "w0�"


async def test_a_pause_that_is_asked_for_is_made(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    asked_before = len(model.requests)
    answer = await client.post("/v1/chat", json=_ask("[[status=429 times=2 tokens=1]]"))
    assert answer.json()["text"] == "w0"
    assert len(model.requests) == asked_before + 3


async def test_a_server_without_a_first_byte_is_given_up(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/chat", json=_ask("[[silent=1]]"))
    assert answer.status_code == 503
    assert "said nothing for 1.5 seconds" in answer.json()["detail"]


async def test_calls_of_tools_that_nobody_has_offered_are_left_out(
    client: httpx.AsyncClient,
) -> None:
    stream = await all_events(
        client, "POST", "/v1/chat/stream", json=_ask("[[call=nothing tokens=2]]")
    )
    assert [event.kind for event in stream] == ["token", "token", "done"]
    kept = await _last(client)
    assert (kept["status"], kept["content"]) == ("complete", "w0 w1")
