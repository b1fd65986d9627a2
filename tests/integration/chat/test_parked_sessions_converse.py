"""Conversations of parked sessions, which wake by a turn, and pages that wait for a session."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from playground.clock import now
from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.claims import Claims
from playground.sessions.model import Session, Status, Target, new_session
from playground.sessions.store import SessionStore
from tests.support.chat_backend import all_events, said
from tests.support.waiting_pages import PagesOut


def a_session(session_id: str) -> Session:
    return new_session(
        session_id=session_id,
        principal=LOCAL,
        scenario="helpdesk",
        title="My router",
        model="openai:scripted",
        inputs={"device": "router"},
        context={"customer": {"name": "Ada"}},
    )


@pytest.fixture
def store(redis: Redis, keys: Keys) -> SessionStore:
    return SessionStore(redis, keys)


@pytest.fixture
def pages(redis: Redis, keys: Keys) -> PagesOut:
    return PagesOut(redis, keys)


@pytest.fixture
async def parked(store: SessionStore) -> Session:
    session = await store.create(a_session(new_id("ses")))
    parked = await store.update(session.id, lambda s: s.parked())
    long_ago = {"last_active_at": now() - timedelta(hours=1)}
    return await store.update(parked.id, lambda s: s.model_copy(update=long_ago))


def turn(session: Session, words: str = "hi") -> dict[str, Any]:
    return {"json": {"session_id": session.id, "input": words}}


async def test_a_turn_wakes_a_parked_session_on_a_page_that_waits(
    client: httpx.AsyncClient, parked: Session, store: SessionStore, pages: PagesOut
) -> None:
    (page,) = await pages.put()
    answer = await client.post("/v1/chat", **turn(parked, "[[say=system]]"))
    assert answer.json()["text"] == "You help with router for Ada."
    woken = await store.get(parked.id)
    assert (woken.status, woken.slot) == (Status.READY, page.slot.id)
    assert woken.last_active_at > parked.last_active_at


async def test_a_turn_of_a_parked_session_is_answered_before_there_is_a_page(
    client: httpx.AsyncClient, parked: Session, store: SessionStore
) -> None:
    stream = await all_events(client, "POST", "/v1/chat/stream", **turn(parked, "[[tokens=2]]"))
    assert said(stream) == "w0 w1"
    woken = await store.get(parked.id)
    assert (woken.status, woken.target) == (Status.QUEUED, Target.READY)


async def test_a_turn_takes_one_page_and_no_other_turn_another(
    client: httpx.AsyncClient, parked: Session, store: SessionStore, pages: PagesOut
) -> None:
    await pages.put(3)
    for _ in range(3):
        await client.post("/v1/chat", **turn(parked))
    assert len(await pages.pool.waiting()) == 2
    assert (await store.get(parked.id)).status is Status.READY


async def test_a_turn_keeps_the_page_of_a_session_that_is_about_to_be_parked(
    client: httpx.AsyncClient, store: SessionStore, pages: PagesOut
) -> None:
    await pages.put()
    session = await Claims(store, pages.pool).new(a_session)
    await store.update(session.id, lambda s: s.model_copy(update={"target": Target.PARKED}))
    await client.post("/v1/chat", **turn(session))
    kept = await store.get(session.id)
    assert (kept.status, kept.target, kept.slot) == (Status.READY, Target.READY, session.slot)


async def test_reading_a_parked_session_does_not_wake_it(
    client: httpx.AsyncClient, parked: Session, store: SessionStore, pages: PagesOut
) -> None:
    await pages.put()
    assert (await client.get(f"/v1/sessions/{parked.id}/messages")).status_code == 200
    assert (await store.get(parked.id)).status is Status.PARKED


async def test_a_page_that_waits_is_told_that_it_has_no_session_yet(
    client: httpx.AsyncClient, store: SessionStore, pages: PagesOut
) -> None:
    (page,) = await pages.put()
    client.headers["Authorization"] = f"Bearer {page.slot.token}"
    for asked in (
        client.get("/internal/page"),
        client.get("/internal/page/events?after=0-0"),
        client.post("/internal/page/turns", json={"input": "hi"}),
        client.post("/internal/page/cancel"),
        client.patch("/internal/page/session", json={"inputs": {}}),
        client.get("/internal/page/models"),
    ):
        answer = await asked
        assert (answer.status_code, answer.json()["code"]) == (409, "session_not_ready")
    session = await Claims(store, pages.pool).new(a_session)
    shown = (await client.get("/internal/page")).json()
    assert shown["session"]["id"] == session.id
    assert shown["scenario"]["title"] == "Helpdesk"


async def test_a_page_knows_the_way_on_for_when_its_session_is_parked(
    client: httpx.AsyncClient, store: SessionStore, pages: PagesOut
) -> None:
    (page,) = await pages.put()
    session = await Claims(store, pages.pool).new(a_session)
    client.headers["Authorization"] = f"Bearer {page.slot.token}"
    shown = (await client.get("/internal/page")).json()
    assert shown["way_back"].endswith(f"/sessions/{session.id}/open")
    assert shown["way_back"].startswith("http://")


async def test_a_woken_session_goes_on_with_its_conversation_at_another_page(
    client: httpx.AsyncClient, store: SessionStore, pages: PagesOut
) -> None:
    first, second = await pages.put(2)
    session = await Claims(store, pages.pool).new(a_session)
    await client.post("/v1/chat", **turn(session, "Before"))
    await store.update(session.id, lambda s: s.parked())
    await client.post("/v1/chat", **turn(session, "After"))
    woken = await store.get(session.id)
    assert woken.slot in (first.slot.id, second.slot.id)
    assert woken.slot != session.slot
    new = first if woken.slot == first.slot.id else second
    client.headers["Authorization"] = f"Bearer {new.slot.token}"
    shown = (await client.get("/internal/page")).json()
    assert [m["content"] for m in shown["messages"] if m["role"] == "user"] == [
        "Before",
        "After",
    ]


async def test_a_session_that_was_stopped_while_it_was_parked_is_not_woken(
    client: httpx.AsyncClient, parked: Session, store: SessionStore, pages: PagesOut
) -> None:
    await pages.put()
    await store.update(parked.id, lambda s: s.model_copy(update={"target": Target.STOPPED}))
    answer = await client.post("/v1/chat", **turn(parked))
    assert (answer.status_code, answer.json()["code"]) == (410, "session_ended")
    assert len(await pages.pool.waiting()) == 1
