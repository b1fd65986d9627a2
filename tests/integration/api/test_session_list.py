"""The dashboard's list of sessions: filters, search, several stopped at once, what pages hold."""

import asyncio
import re

import httpx
import pytest
from httpx_sse import aconnect_sse

from playground.clock import now
from playground.conversation.copying import ConversationCopies
from playground.conversation.model import Message
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.page_memory import PageMemory
from playground_api.dashboard import pending_stops, sessions_live
from tests.support.waiting import wait_until
from tests.support.workers import WorkerThatLaunchesAtOnce


async def listed(api: httpx.AsyncClient, query: str = "") -> list[str]:
    """The sessions in the list, by title."""
    answer = await api.get(f"/sessions{query}", headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return re.findall(r'class="title" href="/sessions/[\w-]+">([^<]+)<', answer.text)


async def launched(api: httpx.AsyncClient, title: str, scenario: str = "support") -> str:
    body = {"scenario": scenario, "title": title}
    return (await api.post("/v1/sessions?wait=20", json=body)).json()["id"]


async def said(redis: Redis, keys: Keys, session_id: str, *texts: str) -> None:
    """These words, a turn each."""
    common = {"role": "user", "created_at": now(), "door": "rest"}
    messages = [
        Message.model_validate({"id": f"m{n}", "turn": f"t{n}", "content": text, **common})
        for n, text in enumerate(texts)
    ]
    await ConversationCopies(redis, keys).begin(session_id, messages)


async def status(api: httpx.AsyncClient, session_id: str) -> str:
    return (await api.get(f"/v1/sessions/{session_id}")).json()["status"]


async def test_the_list_is_filtered_as_the_form_sends_it(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    await launched(api, "One")
    two = await launched(api, "Two", "review")
    await api.delete(f"/v1/sessions/{two}")
    assert await listed(api, "?q=&status=&scenario=") == ["Two", "One"]
    assert await listed(api, "?status=ready") == ["One"]
    assert await listed(api, "?scenario=review&status=") == ["Two"]
    assert await listed(api, "?status=failed") == []
    bad = await api.get("/sessions?status=unknown", headers={"accept": "text/html"})
    assert bad.status_code == 422


async def test_an_empty_list_and_one_that_nothing_fits_say_what_to_do(api: httpx.AsyncClient):
    assert "No session yet." in (await api.get("/sessions")).text
    for query in ("status=ready", "scenario=support", "q=words"):
        text = (await api.get(f"/sessions?{query}")).text
        assert "No session fits." in text, query


async def test_a_launch_under_way_is_looked_at_and_a_page_opened(api: httpx.AsyncClient):
    session = (await api.post("/v1/sessions", json={"scenario": "support"})).json()
    for page in ("/sessions", f"/sessions/{session['id']}"):
        text = (await api.get(page)).text
        assert f"/sessions/{session['id']}/launching" in text
        assert f"/sessions/{session['id']}/open" not in text


async def test_words_are_found_where_they_were_said_and_in_titles(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, redis: Redis, keys: Keys
):
    await said(redis, keys, await launched(api, "One"), 'He said "GRÜN"\nand <b>left</b>', "Later")
    await launched(api, "Green and grün")
    assert await listed(api, "?q=grün") == ["Green and grün", "One"]
    assert await listed(api, '?q="grün"') == ["One"]
    assert await listed(api, "?q=nowhere") == []
    page = (await api.get("/sessions?q=<b>left", headers={"accept": "text/html"})).text
    assert "<mark>&lt;b&gt;left</mark>" in page
    assert "#ask-t0" in page


async def test_several_are_stopped_unless_it_is_taken_back(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    ids = [await launched(api, f"No. {n}") for n in range(2)]
    answer = await api.post("/sessions/stop", data={"id": [*ids, "ses-unknown"]})
    assert answer.status_code == 303
    page = (await api.get(answer.headers["location"])).text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    assert "sessions stop in five seconds" in page
    await api.post("/sessions/undo", data={"token": token[1]})
    by_htmx = {"hx-request": "true"}
    again = await api.post("/sessions/undo", data={"token": token[1]}, headers=by_htmx)
    assert "too late" in again.text
    assert [await status(api, one) for one in ids] == ["ready", "ready"]


async def test_what_is_not_taken_back_is_stopped(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pending_stops, "UNDO_S", 0.05)
    ids = [await launched(api, f"No. {n}") for n in range(2)]
    answer = await api.post("/sessions/stop", data={"id": ids}, headers={"hx-request": "true"})
    assert "2 sessions stop" in answer.text

    async def stopped() -> bool:
        return [await status(api, one) for one in ids] == ["stopped", "stopped"]

    await wait_until(stopped, "both are stopped")


async def test_memory_and_renamed_rows_come_over_the_live_list(
    http_api: httpx.AsyncClient,
    worker: WorkerThatLaunchesAtOnce,
    redis: Redis,
    keys: Keys,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sessions_live, "MEMORY_EVERY_S", 0.2)
    session_id = await launched(http_api, "Old name")
    await PageMemory(redis, keys).note({session_id: 43_000_000})
    page = (await http_api.get("/sessions", headers={"accept": "text/html"})).text
    assert "43 MB" in page
    live = re.search(r'sse-connect="([^"]+)"', page)
    assert live
    async with (
        asyncio.timeout(15),
        aconnect_sse(http_api, "GET", live[1].replace("&amp;", "&")) as source,
    ):
        events = source.aiter_sse()
        await http_api.post(f"/sessions/{session_id}/rename", data={"title": "New name"})
        first = await anext(events)
        assert "New name" in first.data
        assert "session-rows" not in first.data
        await PageMemory(redis, keys).note({session_id: 51_000_000})
        assert "51 MB" in (await anext(events)).data


async def test_a_fork_is_a_session_of_its_own_and_leads_there(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, redis: Redis, keys: Keys
):
    session_id = await launched(api, "First")
    await said(redis, keys, session_id, "What was said")
    answer = await api.post(f"/sessions/{session_id}/fork")
    assert answer.status_code == 303
    page = await api.get(answer.headers["location"], headers={"accept": "text/html"})
    assert "What was said" in page.text
    assert session_id not in page.text
