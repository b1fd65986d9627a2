"""What dies in mid-turn: Redis, the backend, a process told to stop. Nothing said is lost."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis as sync_redis

from playground.conversation.history import ConversationHistory
from playground.conversation.log import ConversationLog
from playground.conversation.model import Door, Outcome
from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.chat_backend import (
    BackendProcess,
    all_events,
    events,
    running_backend,
    said,
)
from tests.support.redis_server import running_redis
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until


def _asked(words: str) -> dict[str, Any]:
    return {"session_id": "demo", "input": words}


def _words(count: int) -> str:
    return " ".join(f"w{n}" for n in range(count))


@pytest.fixture
def process(redis_url: str, model: ScriptedModel, tmp_path: Path) -> Iterator[BackendProcess]:
    backend = BackendProcess(redis_url, model.url, tmp_path)
    backend.start()
    yield backend
    if backend.process is not None and backend.process.poll() is None:
        backend.kill()


async def _messages(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return (await client.get("/v1/sessions/demo/messages")).json()["items"]


async def test_redis_is_restarted_in_mid_turn_and_no_token_is_lost_or_doubled(
    model: ScriptedModel, tmp_path: Path
) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    with running_redis(folder) as first_url:
        port = int(first_url.rpartition(":")[2].partition("/")[0])
        with running_backend(first_url, model.url, tmp_path) as url:
            async with httpx.AsyncClient(base_url=url, timeout=30) as client:
                asked = _asked("[[tokens=150 pace_ms=20]]")
                async with events(client, "POST", "/v1/chat/stream", json=asked) as stream:
                    seen = [await anext(stream) for _ in range(5)]
                    with sync_redis.Redis.from_url(first_url) as admin:
                        admin.config_set("appendfsync", "always")
                        admin.shutdown(save=False, nosave=True)
                    refused = await client.post("/v1/chat", json={**asked, "session_id": "x"})
                    assert refused.status_code == 503
                    await asyncio.sleep(1.0)  # the length of the absence, not a synchronisation
                    with running_redis(folder, port=port):
                        seen += [event async for event in stream]
                        kept = await _messages(client)
                        assert seen[-1].kind == "done"
                        assert said(seen) == _words(150)
                        assert (kept[-1]["content"], kept[-1]["status"]) == (
                            _words(150),
                            "complete",
                        )


async def test_a_backend_killed_in_mid_turn_is_whole_again(
    process: BackendProcess,
) -> None:
    async with httpx.AsyncClient(base_url=process.url, timeout=30) as client:
        asked = _asked("[[tokens=900 pace_ms=20]]")
        async with events(client, "POST", "/v1/chat/stream", json=asked) as stream:
            seen = [await anext(stream) for _ in range(5)]
            process.kill()
        process.start()

        async def closed() -> bool:
            return len(await _messages(client)) == 2

        await wait_until(closed, "the turn is closed", timeout_s=40)
        kept = (await _messages(client))[-1]
        assert kept["status"] == "interrupted"
        assert kept["content"].startswith(said(seen))
        rest = await all_events(
            client, "GET", "/v1/sessions/demo/stream", headers={"Last-Event-ID": seen[-1].id}
        )
        assert [e.kind for e in rest[-2:]] == ["error", "done"]
        assert said(seen) + said(rest) == kept["content"]
        assert (await client.post("/v1/chat", json=_asked("again"))).status_code == 200


async def test_a_turn_left_by_another_process_is_closed_by_any(
    client: httpx.AsyncClient, redis: Redis, keys: Keys
) -> None:
    begun = await ConversationLog(redis, keys).begin_turn("demo", text="hi", door=Door.REST)
    await redis.delete(keys.turn_lease("demo"))

    async def closed() -> bool:
        return (await _messages(client))[-1]["status"] == "interrupted"

    await wait_until(closed, "the turn is closed")
    assert begun.turn == (await _messages(client))[-1]["turn"]


async def test_a_turn_that_lives_elsewhere_is_left_alone_and_cancelled_through_redis(
    client: httpx.AsyncClient, redis: Redis, keys: Keys
) -> None:
    log = ConversationLog(redis, keys)
    begun = await log.begin_turn("demo", text="hi", door=Door.REST)
    refused = await client.post("/v1/chat", json=_asked("me too"))
    assert refused.json()["code"] == "turn_in_progress"
    assert (await client.post("/v1/sessions/demo/cancel")).json() == {"cancelled": True}
    hold = await log.append("demo", begun.turn, 1, [])
    assert (hold.owned, hold.cancelled) == (True, True)
    await log.end_turn("demo", begun.turn, message=None)


async def test_a_cancel_from_another_process_ends_a_silent_turn(
    client: httpx.AsyncClient, redis: Redis, keys: Keys, model: ScriptedModel
) -> None:
    asked = _asked("[[tokens=900 pace_ms=20]]")
    async with events(client, "POST", "/v1/chat/stream", json=asked) as stream:
        await anext(stream)
        assert await ConversationLog(redis, keys).ask_to_cancel("demo")
        assert [event async for event in stream][-1].kind == "done"
    assert (await _messages(client))[-1]["status"] == "cancelled"


async def test_on_sigterm_turns_finish_or_end_in_time_and_their_readers_see_it(
    process: BackendProcess, redis: Redis, keys: Keys
) -> None:
    short, long = _asked("[[tokens=40 pace_ms=20]]"), _asked("[[tokens=5000 pace_ms=20]]")
    path = "/v1/chat/stream"
    async with (
        httpx.AsyncClient(base_url=process.url, timeout=30) as client,
        events(client, "POST", path, json={**short, "session_id": "short"}) as first,
        events(client, "POST", path, json=long) as second,
    ):
        finished, cut = [await anext(first)], [await anext(second)]
        stopping = asyncio.create_task(asyncio.to_thread(process.stop))
        finished += [event async for event in first]
        cut += [event async for event in second]
    assert await stopping == 0
    assert (finished[-1].kind, said(finished)) == ("done", _words(40))
    assert [e.kind for e in cut[-2:]] == ["error", "done"]
    kept = await ConversationHistory(redis, keys).messages("demo")
    assert kept[-1].status is Outcome.INTERRUPTED
