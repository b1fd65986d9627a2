"""A session's context reaches the model, and so does a change of it."""

from typing import Any

import httpx
import pytest

from playground.conversation.copying import ConversationCopies
from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.model import Session, new_session
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore


@pytest.fixture
def store(redis: Redis, keys: Keys) -> SessionStore:
    return SessionStore(redis, keys)


async def _session(store: SessionStore, **more: Any) -> Session:
    return await store.create(
        new_session(
            session_id=new_id("ses"),
            principal=LOCAL,
            scenario="helpdesk",
            title="My router",
            model="openai:scripted",
            inputs={"device": "router"},
            **more,
        )
    )


async def _answer(client: httpx.AsyncClient, session_id: str, words: str) -> str:
    answer = await client.post("/v1/chat", json={"session_id": session_id, "input": words})
    assert answer.status_code == 200, answer.text
    return answer.json()["text"]


async def test_the_next_turn_sees_a_change_of_the_context(
    client: httpx.AsyncClient, store: SessionStore
):
    session = await _session(store, context={"customer": {"name": "Ada"}, "plan": "pro {x}"})
    told = await _answer(client, session.id, "[[say=system]]")
    assert told.startswith("You help with router for Ada.\n\n<session_context>")
    assert '{"plan": "pro {x}"}' in told
    assert told.count("Ada") == 1
    changed = {"context": {"customer": {"name": "Bob"}, "plan": "free"}}
    await store.update(session.id, lambda s: s.model_copy(update=changed))
    told = await _answer(client, session.id, "[[say=system]]")
    assert told.startswith("You help with router for Bob.")
    assert '{"plan": "free"}' in told


async def test_a_context_that_the_prompt_tells_whole_is_not_told_twice(
    client: httpx.AsyncClient, store: SessionStore
):
    session = await _session(store, context={"customer": {"name": "Ada"}})
    assert await _answer(client, session.id, "[[say=system]]") == "You help with router for Ada."


async def test_a_large_context_leaves_room_for_what_was_said(
    client: httpx.AsyncClient, store: SessionStore
):
    session = await _session(store, context={"book": "x" * 250_000, "plan": "pro"})
    await _answer(client, session.id, "Remember me")
    told = await _answer(client, session.id, "[[say=history]]")
    assert [part.partition(":")[0] for part in told.split()][1:] == ["user", "assistant", "user"]
    told = await _answer(client, session.id, "[[say=system]]")
    assert '{"plan": "pro"}' in told
    assert "(1 more did not fit in here.)" in told


async def test_a_copy_s_page_shows_what_was_said_and_its_next_turn_knows_it(
    client: httpx.AsyncClient, store: SessionStore, redis: Redis, keys: Keys
):
    first = await _session(store)
    await _answer(client, first.id, "Remember me")
    copies, fork = ConversationCopies(redis, keys), await _session(store)
    said = await copies.ended_turns(first.id)
    await copies.begin(fork.id, said)
    slot = await SlotStore(redis, keys).open(fork.id)
    headers = {"Authorization": f"Bearer {slot.token}"}
    page = (await client.get("/internal/page", headers=headers)).json()
    assert page["messages"] == [message.public() for message in said]
    assert page["running"] is False
    told = await _answer(client, fork.id, "[[say=history]]")
    assert [part.partition(":")[0] for part in told.split()][1:] == ["user", "assistant", "user"]
    first_now = (await client.get(f"/v1/sessions/{first.id}/messages")).json()["items"]
    assert len(first_now) == 2
