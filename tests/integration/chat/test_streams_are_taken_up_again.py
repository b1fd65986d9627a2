"""A stream that broke is taken up again, readers leave, several read: nothing is lost."""

import asyncio
from itertools import pairwise
from typing import Any

import httpx
import pytest

from tests.support.chat_backend import Event, all_events, events, said
from tests.support.waiting import wait_until

PACED = {"session_id": "demo", "input": "[[tokens=12 pace_ms=10]]"}
WHOLE = " ".join(f"w{n}" for n in range(12))


async def _resumed(client: httpx.AsyncClient, after: str | None) -> list[Event]:
    headers = {"Last-Event-ID": after} if after else {}
    return await all_events(client, "GET", "/v1/sessions/demo/stream", headers=headers)


def _in_order(stream: list[Event]) -> bool:
    places = [tuple(map(int, (e.id or "").split("-"))) for e in stream]
    return all(before < after for before, after in pairwise(places))


@pytest.mark.parametrize("broken_after", range(1, 13))
async def test_a_stream_that_broke_goes_on_at_any_token(
    client: httpx.AsyncClient, broken_after: int
) -> None:
    async with events(client, "POST", "/v1/chat/stream", json=PACED) as stream:
        first = [await anext(stream) for _ in range(broken_after)]
    rest = await _resumed(client, first[-1].id)
    assert [e.data for e in first + rest] == [*(f" w{n}"[n == 0 :] for n in range(12)), "demo"]
    assert _in_order(first + rest)


async def test_a_turn_goes_on_when_its_reader_goes_away(client: httpx.AsyncClient) -> None:
    async with events(client, "POST", "/v1/chat/stream", json=PACED) as stream:
        await anext(stream)

    async def answered() -> bool:
        kept = (await client.get("/v1/sessions/demo/messages")).json()["items"]
        return len(kept) == 2 and kept[1]["content"] == WHOLE

    await wait_until(answered, "the whole answer is kept")


async def test_two_readers_get_the_same_events(client: httpx.AsyncClient) -> None:
    async with events(client, "POST", "/v1/chat/stream", json=PACED) as stream:
        first = [await anext(stream)]
        second = asyncio.create_task(_resumed(client, None))
        first += [event async for event in stream]
    assert await second == first


async def test_without_an_id_a_reader_is_given_the_running_turn_alone(
    client: httpx.AsyncClient,
) -> None:
    await client.post("/v1/chat", json={"session_id": "demo", "input": "before"})
    async with events(client, "POST", "/v1/chat/stream", json=PACED) as stream:
        await anext(stream)
        late = await _resumed(client, None)
    assert said(late) == WHOLE


async def test_an_old_id_gives_all_turns_that_followed(client: httpx.AsyncClient) -> None:
    one = await all_events(
        client, "POST", "/v1/chat/stream", json={"session_id": "demo", "input": "[[tokens=2]]"}
    )
    two = await all_events(client, "POST", "/v1/chat/stream", json=PACED)
    assert await _resumed(client, one[0].id) == one[1:] + two
    query = f"/v1/sessions/demo/stream?last_event_id={two[-2].id}"
    assert await all_events(client, "GET", query) == two[-1:]


@pytest.mark.parametrize("after", [None, "the last", "9999999999999999-0"])
async def test_nothing_more_to_come_is_204(client: httpx.AsyncClient, after: str | None) -> None:
    stream = await all_events(client, "POST", "/v1/chat/stream", json=PACED)
    headers: dict[str, Any] = {}
    if after:
        headers["Last-Event-ID"] = stream[-1].id if after == "the last" else after
    answer = await client.get("/v1/sessions/demo/stream", headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")


async def test_an_id_of_the_future_still_meets_the_end_of_the_running_turn(
    client: httpx.AsyncClient,
) -> None:
    async with events(client, "POST", "/v1/chat/stream", json=PACED) as stream:
        await anext(stream)
        assert (await _resumed(client, "9999999999999999-0"))[-1].kind == "done"


@pytest.mark.parametrize("bad", ["x", "1", "1-", "-1", "1-1-1", "999999999999999999999-1"])
async def test_an_id_that_is_none_is_refused(client: httpx.AsyncClient, bad: str) -> None:
    answer = await client.get("/v1/sessions/demo/stream", headers={"Last-Event-ID": bad})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_messages_are_given_in_pages(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await client.post("/v1/chat", json={"session_id": "demo", "input": "[[tokens=1]]"})
    path = "/v1/sessions/demo/messages"
    every = (await client.get(path)).json()["items"]
    last = (await client.get(path, params={"limit": 2})).json()["items"]
    before = (await client.get(path, params={"limit": 2, "before": last[0]["id"]})).json()["items"]
    assert (before + last, len(every)) == (every[2:], 6)
    assert (await client.get(path, params={"limit": 0})).status_code == 422
