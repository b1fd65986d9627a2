"""The two ways to ask, over real HTTP: what they answer, and that they agree."""

import httpx
import pytest

from tests.support.chat_backend import all_events, said
from tests.support.scripted_model import ScriptedModel


async def _messages(client: httpx.AsyncClient, name: str = "demo") -> list[dict[str, object]]:
    return (await client.get(f"/v1/sessions/{name}/messages")).json()["items"]


async def test_a_plain_conversation_answers_and_is_remembered(client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/chat", json={"session_id": "demo", "input": "hello"})
    assert first.status_code == 200
    assert first.json()["text"].startswith("w0 w1")
    assert first.json()["usage"]["output_tokens"] == 12
    second = await client.post("/v1/chat", json={"session_id": "demo", "input": "[[say=history]]"})
    kinds = [part.partition(":")[0] for part in second.json()["text"].split()]
    assert kinds == ["system", "user", "assistant", "user"]
    kept = await _messages(client)
    assert [m["role"] for m in kept] == ["user", "assistant"] * 2
    assert kept[1]["id"] == first.json()["message_id"]
    assert kept[3]["door"] == "rest"
    assert kept[3]["model"] == "openai:scripted"


async def test_a_stream_gives_tokens_then_done(client: httpx.AsyncClient) -> None:
    asked = {"session_id": "demo", "input": "[[tokens=5]]"}
    stream = await all_events(client, "POST", "/v1/chat/stream", json=asked)
    assert [e.kind for e in stream] == ["token"] * 5 + ["done"]
    assert [e.data for e in stream] == ["w0", " w1", " w2", " w3", " w4", "demo"]
    ids = [e.id for e in stream]
    assert len(set(ids)) == 6
    assert all(ids)


async def test_streams_are_neither_stored_nor_buffered(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/chat/stream", json={"session_id": "demo", "input": "hi"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/v1/chat", "/v1/chat/stream"])
async def test_newlines_and_odd_characters_arrive_exactly(
    client: httpx.AsyncClient, path: str
) -> None:
    words = "one\n\n two\n  three\u2028four \U0001f600\x85 end"
    asked = {"session_id": "demo", "input": f"[[say=last]]{words}", "stream": True}
    stream = await all_events(client, "POST", path, json=asked)
    assert said(stream) == words
    assert (await _messages(client))[-1]["content"] == words


async def test_carriage_returns_are_dropped_on_every_door_alike(client: httpx.AsyncClient) -> None:
    asked = {"session_id": "demo", "input": "[[say=last]]a\r\nb"}
    assert (await client.post("/v1/chat", json=asked)).json()["text"] == "a\nb"
    assert said(await all_events(client, "POST", "/v1/chat/stream", json=asked)) == "a\nb"


async def test_model_and_temperature_of_the_request_reach_the_model(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    asked = {"session_id": "demo", "input": "hi", "model": "openai:other", "temperature": 0.25}
    answer = (await client.post("/v1/chat", json=asked)).json()
    assert answer["model"] == "openai:other"
    assert (model.requests[-1]["model"], model.requests[-1]["temperature"]) == ("other", 0.25)


async def test_a_turn_is_refused_while_one_runs(client: httpx.AsyncClient) -> None:
    asked = {"session_id": "demo", "input": "[[tokens=40 pace_ms=10]]"}
    async with client.stream("POST", "/v1/chat/stream", json=asked) as running:
        for path in ("/v1/chat", "/v1/chat/stream"):
            second = await client.post(path, json={"session_id": "demo", "input": "me too"})
            assert second.status_code == 409
            assert second.json()["code"] == "turn_in_progress"
        other = await client.post("/v1/chat", json={"session_id": "other", "input": "hi"})
        assert other.status_code == 200
        await running.aread()
    again = await client.post("/v1/chat", json={"session_id": "demo", "input": "now"})
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"session_id": "demo", "input": "  \n "}, 422, "invalid_request"),
        ({"session_id": "demo", "input": "a\x00b"}, 422, "invalid_request"),
        ({"session_id": "demo", "input": 7}, 422, "invalid_request"),
        ({"session_id": "demo"}, 422, "invalid_request"),
        ({"session_id": "../x", "input": "hi"}, 422, "invalid_request"),
        ({"session_id": "demo", "input": "hi", "temperature": "hot"}, 422, "invalid_request"),
        ({"session_id": "demo", "input": "x" * (256 * 1024 + 1)}, 413, "too_large"),
        ({"session_id": "demo", "input": "x" * (3 * 1024 * 1024)}, 413, "too_large"),
        (["not", "an", "object"], 422, "invalid_request"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat", "/v1/chat/stream"])
async def test_bad_requests_are_refused_as_problems(
    client: httpx.AsyncClient, path: str, given: object, status: int, code: str
) -> None:
    answer = await client.post(path, json=given)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await client.get("/v1/sessions/demo/messages")).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b'{"session_id": "demo", "input": "\xff\xfe"}',
        b'{"session_id": "demo", "input": "\\ud800"}',
        b'{"session_id": "demo", "input": ',
        b"",
    ],
)
async def test_bodies_that_are_no_text_are_refused(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/chat", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"] == "invalid_request"


async def test_a_foreign_host_is_refused(client: httpx.AsyncClient) -> None:
    asked = {"session_id": "demo", "input": "hi"}
    answer = await client.post("/v1/chat", json=asked, headers={"Host": "evil.example"})
    assert answer.status_code == 403


async def test_readiness_and_model_status_tell_of_the_model(client: httpx.AsyncClient) -> None:
    ready = (await client.get("/readiness")).json()
    assert ready["checks"]["redis"]["ok"]
    status = (await client.get("/v1/models/status")).json()
    assert status["default"] == "openai:scripted"
    assert status["items"][0]["usable"] is True
    metrics = (await client.get("/metrics")).text
    assert "playground_turns_running 0.0" in metrics
