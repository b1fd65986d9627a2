import asyncio
import json

import httpx
import pytest
from httpx_sse import ServerSentEvent, aconnect_sse

from playground.keys import Keys
from playground.principal import Principal
from playground.redis_connection import Redis
from playground.sessions.model import new_session
from playground.sessions.store import SessionStore
from tests.support.workers import WorkerThatLaunchesAtOnce


async def taken(
    http_api: httpx.AsyncClient, count: int, after: str | None = None, then: str | None = None
) -> list[ServerSentEvent]:
    """The next *count* events; once listening, a session of the scenario *then* is launched."""
    headers = {"Last-Event-ID": after} if after else {}
    events: list[ServerSentEvent] = []
    async with (
        asyncio.timeout(10),
        aconnect_sse(http_api, "GET", "/v1/events", headers=headers) as source,
    ):
        assert source.response.headers["cache-control"] == "no-store"
        assert source.response.headers["x-accel-buffering"] == "no"
        if then:
            await http_api.post("/v1/sessions?wait=20", json={"scenario": then})
        async for event in source.aiter_sse():
            events.append(event)
            if len(events) == count:
                break
    return events


def statuses(events: list[ServerSentEvent]) -> list[str]:
    return [json.loads(e.data)["status"] for e in events]


async def test_every_change_of_a_session_is_told_as_it_happens(
    http_api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    events = await taken(http_api, 3, then="support")
    assert statuses(events) == ["queued", "starting", "ready"]
    assert {e.event for e in events} == {"session"}
    assert len({e.id for e in events}) == 3
    shown = json.loads(events[-1].data)
    assert shown == (await http_api.get(f"/v1/sessions/{shown['id']}")).json()


async def test_a_reader_that_left_takes_up_where_it_was(
    http_api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    first = await taken(http_api, 1, then="support")
    await http_api.post("/v1/sessions?wait=20", json={"scenario": "review"})
    rest = await taken(http_api, 5, after=first[0].id)
    assert statuses(rest) == ["starting", "ready", "queued", "starting", "ready"]
    assert first[0].id not in {e.id for e in rest}


async def test_sessions_of_somebody_else_are_not_told(
    http_api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, redis: Redis, keys: Keys
):
    other = new_session(
        session_id="ses-x", principal=Principal("other"), scenario="s", title="t", model="m"
    )
    await SessionStore(redis, keys).create(other)
    await http_api.post("/v1/sessions?wait=20", json={"scenario": "support"})
    events = await taken(http_api, 3, after="0-0")
    assert "ses-x" not in {json.loads(e.data)["id"] for e in events}


@pytest.mark.parametrize("after", ["x", "1", "1-2-3", "-", "9" * 30 + "-0"])
async def test_an_id_that_is_none_of_the_stream_s_is_refused(
    http_api: httpx.AsyncClient, after: str
):
    answer = await http_api.get("/v1/events", headers={"Last-Event-ID": after})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
