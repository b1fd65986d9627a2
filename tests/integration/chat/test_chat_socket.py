"""`WS /ws/chat` over a real socket: questions, cancels, streams taken up, and rubbish."""

import asyncio
import json
import socket as socket_module
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from playground.redis_connection import Redis
from playground_chat.backend.doors.socket import MAX_STREAMS
from tests.support.chat_backend import BackendProcess, all_events, events, said
from tests.support.chat_socket import ChatClient, as_events, chat_socket
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until

PACED = "[[tokens=12 pace_ms=10]]"
WHOLE = " ".join(f"w{n}" for n in range(12))


async def _messages(client: httpx.AsyncClient, name: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/sessions/{name}/messages")
    return answer.json()["items"] if answer.status_code == 200 else []


async def test_several_turns_come_over_one_socket(
    client: httpx.AsyncClient, backend_url: str
) -> None:
    async with chat_socket(backend_url) as socket:
        for words, expected in (("[[tokens=2]]", "w0 w1"), ("[[say=last]]a\n b", "a\n b")):
            await socket.ask("demo", words)
            heard = await socket.until_done("demo")
            assert {one["event"] for one in heard[:-1]} == {"token"}
            assert said(as_events(heard)) == expected
            assert heard[-1]["data"] == "demo"
            assert len({one["id"] for one in heard}) == len(heard)
    kept = await _messages(client, "demo")
    assert [m["door"] for m in kept] == ["ws"] * 4


async def test_conversations_run_side_by_side_on_one_socket(
    client: httpx.AsyncClient, backend_url: str
) -> None:
    async with chat_socket(backend_url) as socket:
        await socket.ask("one", "[[tokens=8 pace_ms=20]]")
        await socket.ask("two", "[[tokens=8 pace_ms=20]]")
        heard: list[dict[str, Any]] = []
        while [one["event"] for one in heard].count("done") < 2:
            heard.append(await socket.next())
    for name in ("one", "two"):
        mine = [one for one in heard if one["session_id"] == name]
        assert said(as_events(mine)) == " ".join(f"w{n}" for n in range(8))
    assert {one["session_id"] for one in heard[:8]} == {"one", "two"}


async def test_a_second_turn_is_refused_and_the_first_goes_on(
    client: httpx.AsyncClient, backend_url: str
) -> None:
    async with chat_socket(backend_url) as socket:
        await socket.ask("demo", PACED)
        first = await socket.next()
        await socket.ask("demo", "another")
        heard = [first, *await socket.until_done("demo")]
    errors = [one for one in heard if one["event"] == "error"]
    assert [one["data"]["code"] for one in errors] == ["turn_in_progress"]
    assert errors[0]["session_id"] == "demo"
    assert said(as_events(heard)) == WHOLE


@pytest.mark.parametrize("named", [True, False])
async def test_a_cancel_ends_the_turn_and_keeps_what_was_said(
    client: httpx.AsyncClient, backend_url: str, named: bool
) -> None:
    async with chat_socket(backend_url) as socket:
        await socket.ask("demo", "[[stall_after=3]]")
        heard = [await socket.next() for _ in range(3)]
        await socket.send(type="cancel", **({"session_id": "demo"} if named else {}))
        heard += await socket.until_done("demo")
        assert [one["event"] for one in heard] == ["token"] * 3 + ["done"]
        await socket.ask("demo", "[[tokens=1]]")
        assert said(as_events(await socket.until_done("demo"))) == "w0"
    answer = (await _messages(client, "demo"))[1]
    assert (answer["status"], answer["content"]) == ("cancelled", "w0 w1 w2")


@pytest.mark.parametrize("broken_after", [1, 5, 12])
async def test_a_stream_over_http_goes_on_over_a_socket(
    client: httpx.AsyncClient, backend_url: str, broken_after: int
) -> None:
    asked = {"session_id": "demo", "input": PACED}
    async with events(client, "POST", "/v1/chat/stream", json=asked) as stream:
        first = [await anext(stream) for _ in range(broken_after)]
    async with chat_socket(backend_url) as socket:
        await socket.send(type="resume", session_id="demo", after=first[-1].id)
        rest = as_events(await socket.until_done("demo"))
    whole = await all_events(
        client, "GET", "/v1/sessions/demo/stream", headers={"Last-Event-ID": "0-0"}
    )
    assert first + rest == whole
    assert said(whole) == WHOLE


@pytest.mark.parametrize("broken_after", [1, 5, 12])
async def test_a_stream_over_a_socket_goes_on_over_http(
    client: httpx.AsyncClient, backend_url: str, broken_after: int
) -> None:
    async with chat_socket(backend_url) as socket:
        await socket.ask("demo", PACED)
        first = as_events([await socket.next() for _ in range(broken_after)])
    headers = {"Last-Event-ID": first[-1].id or ""}
    rest = await all_events(client, "GET", "/v1/sessions/demo/stream", headers=headers)
    assert said(first + rest) == WHOLE
    assert (await _messages(client, "demo"))[1]["status"] == "complete"


async def test_resuming_where_nothing_runs_is_done_at_once(
    client: httpx.AsyncClient, backend_url: str
) -> None:
    async with chat_socket(backend_url) as socket:
        await socket.send(type="resume", session_id="demo")
        assert await socket.next() == {"event": "done", "data": "demo", "session_id": "demo"}
        await socket.send(type="resume", session_id="demo", after="rubbish")
        assert (await socket.refusal())["errors"][0]["field"] == "after"


async def test_a_failure_of_the_model_is_told_and_the_socket_stays(
    client: httpx.AsyncClient, backend_url: str
) -> None:
    async with chat_socket(backend_url) as socket:
        await socket.ask("demo", "[[drop_after=2]]")
        heard = await socket.until_done("demo")
        assert [one["event"] for one in heard] == ["token", "token", "error", "done"]
        assert heard[2]["data"]["code"] == "model_unavailable"
        await socket.ask("demo", "[[tokens=1]]")
        assert said(as_events(await socket.until_done("demo"))) == "w0"


RUBBISH: dict[str, str | bytes] = {
    "no JSON": "{",
    "empty": "",
    "binary": b"\x00\x01",
    "binary JSON": b'{"session_id": "demo", "input": "hi"}',
    "an array": "[]",
    "a number": "1",
    "null": "null",
    "no fields": "{}",
    "an unknown type": '{"type": "dance"}',
    "a type that is no text": '{"type": [], "session_id": "demo"}',
    "an unknown field": '{"session_id": "demo", "input": "hi", "more": 1}',
    "an input that is no text": '{"session_id": "demo", "input": {"a": 1}}',
    "an empty input": '{"session_id": "demo", "input": " "}',
    "a bad name": '{"session_id": "../demo", "input": "hi"}',
    "a bad temperature": '{"session_id": "demo", "input": "hi", "temperature": NaN}',
    "half a character": '{"session_id": "demo", "input": "\\ud800"}',
    "a cancel of a bad name": '{"type": "cancel", "session_id": "/"}',
    "a resume without a name": '{"type": "resume"}',
    "deep": "[" * 100_000,
    "too large": json.dumps({"session_id": "demo", "input": "x" * 1024 * 1024}),
}


@pytest.mark.parametrize("name", RUBBISH)
async def test_rubbish_is_refused_and_the_socket_stays(
    client: httpx.AsyncClient, backend_url: str, name: str
) -> None:
    async with chat_socket(backend_url) as socket:
        await socket.connection.send(RUBBISH[name])
        assert (await socket.refusal())["code"] == "invalid_request"
        await socket.ask("demo", "[[tokens=1]]")
        assert said(as_events(await socket.until_done("demo"))) == "w0"


async def test_a_socket_has_so_many_streams_and_no_more(
    client: httpx.AsyncClient, backend_url: str
) -> None:
    async with chat_socket(backend_url) as socket:
        await socket.ask("demo", "[[stall_after=1]]")
        first = await socket.next()
        for _ in range(MAX_STREAMS):
            await socket.send(type="resume", session_id="demo", after=first["id"])
        assert (await socket.refusal())["code"] == "no_capacity"
        await socket.send(type="cancel")
        ends = [await socket.next() for _ in range(MAX_STREAMS)]
        assert {one["id"] for one in ends} == {ends[0]["id"]}
        await socket.ask("demo", "[[tokens=1]]")
        assert said(as_events(await socket.until_done("demo"))) == "w0"


async def test_a_foreign_origin_is_refused(client: httpx.AsyncClient, backend_url: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with chat_socket(backend_url, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_a_plain_get_is_told_to_upgrade(client: httpx.AsyncClient) -> None:
    answer = await client.get("/ws/chat")
    assert (answer.status_code, answer.json()["code"]) == (426, "invalid_request")
    document = (await client.get("/openapi.json")).json()
    assert "resume" in document["paths"]["/ws/chat"]["get"]["description"]


async def test_who_does_not_read_holds_nobody_back_and_misses_nothing(
    client: httpx.AsyncClient, backend_url: str
) -> None:
    narrow = socket_module.create_connection(("127.0.0.1", int(backend_url.rpartition(":")[2])))
    narrow.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_RCVBUF, 65536)
    async with chat_socket(backend_url, compression=None, max_queue=1, sock=narrow) as sleeper:
        await sleeper.ask("sleeper", "[[tokens=1500]]")
        async with chat_socket(backend_url) as other:
            await other.ask("other", "[[tokens=20]]")
            assert len(await other.until_done("other")) == 21

        async def answered() -> bool:
            return len(await _messages(client, "sleeper")) == 2

        await wait_until(answered, "the turn has ended without its reader", timeout_s=20)
        heard = await sleeper.until_done("sleeper")
    assert said(as_events(heard)) == " ".join(f"w{n}" for n in range(1500))


async def _left(socket: ChatClient) -> tuple[list[dict[str, Any]], int | None]:
    heard: list[dict[str, Any]] = []
    with suppress(ConnectionClosed):
        while True:
            heard.append(await socket.next())
    return heard, socket.connection.close_code


async def test_a_service_that_stops_ends_turns_and_then_closes_with_1001(
    redis: Redis, redis_url: str, model: ScriptedModel, tmp_path: Path
) -> None:
    backend = BackendProcess(redis_url, model.url, tmp_path)
    backend.start()
    try:
        async with chat_socket(backend.url) as talking, chat_socket(backend.url) as silent:
            await talking.ask("demo", "[[tokens=10 pace_ms=80]]")
            await talking.next()
            stopped = asyncio.create_task(asyncio.to_thread(backend.stop))
            heard, code = await _left(talking)
            assert (heard[-1]["event"], code) == ("done", 1001)
            assert said(as_events(heard)).split()[-1] == "w9"
            assert await _left(silent) == ([], 1001)
            assert await stopped == 0
    finally:
        if backend.process is not None and backend.process.poll() is None:
            backend.kill()
