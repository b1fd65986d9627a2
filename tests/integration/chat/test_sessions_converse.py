"""Conversations of sessions, and the internal API of their pages."""

from typing import Any

import httpx
import pytest

from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.model import EndReason, Session, Status, new_session
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from tests.support.chat_backend import all_events, events
from tests.support.waiting import wait_until


@pytest.fixture
def store(redis: Redis, keys: Keys) -> SessionStore:
    return SessionStore(redis, keys)


@pytest.fixture
async def session(store: SessionStore) -> Session:
    return await store.create(
        new_session(
            session_id=new_id("ses"),
            principal=LOCAL,
            scenario="helpdesk",
            title="My router",
            model="openai:scripted",
            inputs={"device": "router"},
            context={"customer": {"name": "Ada"}},
        )
    )


@pytest.fixture
async def page(
    client: httpx.AsyncClient, session: Session, redis: Redis, keys: Keys
) -> httpx.AsyncClient:
    """A client with the token of the session's page."""
    slot = await SlotStore(redis, keys).open(session.id)
    client.headers["Authorization"] = f"Bearer {slot.token}"
    return client


async def _ask(client: httpx.AsyncClient, session: Session, words: str) -> httpx.Response:
    return await client.post("/v1/chat", json={"session_id": session.id, "input": words})


async def test_the_scenarios_prompt_is_filled_in(
    client: httpx.AsyncClient, session: Session
) -> None:
    answer = await _ask(client, session, "[[say=system]]")
    assert answer.json()["text"] == "You help with router for Ada."


async def test_turns_are_noted_in_the_sessions_record(
    client: httpx.AsyncClient, session: Session, store: SessionStore
) -> None:
    await _ask(client, session, "hi")

    async def noted() -> bool:
        return (await store.get(session.id)).turns == 1

    await wait_until(noted, "the turn is counted")
    assert (await store.get(session.id)).last_active_at > session.last_active_at


async def test_a_session_has_no_more_turns_than_its_scenario_allows(
    client: httpx.AsyncClient, session: Session
) -> None:
    assert [(await _ask(client, session, "hi")).status_code for _ in range(4)] == [200] * 3 + [409]
    refused = await _ask(client, session, "hi")
    assert refused.json()["code"] == "conflict"
    assert "at most 3 turns" in refused.json()["detail"]


async def test_a_session_that_has_ended_takes_no_turn_but_stays_readable(
    client: httpx.AsyncClient, session: Session, store: SessionStore
) -> None:
    await _ask(client, session, "hi")
    await store.update(session.id, lambda s: s.ended(Status.STOPPED, EndReason.USER))
    refused = await _ask(client, session, "still there?")
    assert (refused.status_code, refused.json()["code"]) == (410, "session_ended")
    kept = (await client.get(f"/v1/sessions/{session.id}/messages")).json()["items"]
    assert len(kept) == 2


async def test_a_session_without_words_has_no_messages(
    client: httpx.AsyncClient, session: Session
) -> None:
    answer = await client.get(f"/v1/sessions/{session.id}/messages")
    assert (answer.status_code, answer.json()) == (200, {"items": []})
    assert (await client.get("/v1/sessions/nobody/messages")).status_code == 404


async def test_a_page_learns_what_it_shows(page: httpx.AsyncClient, session: Session) -> None:
    await _ask(page, session, "hi")
    shown = (await page.get("/internal/page")).json()
    assert shown["session"]["id"] == session.id
    assert shown["scenario"]["greeting"] == "Hello, what is broken?"
    assert shown["scenario"]["inputs"][0]["options"] == ["router", "laptop"]
    assert "system_prompt" not in shown["scenario"]
    assert [m["role"] for m in shown["messages"]] == ["user", "assistant"]
    assert shown["running"] is False
    assert "note" not in shown["messages"][1]
    assert shown["export"].endswith(f"/v1/sessions/{session.id}/export")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer slot-x.y", "Basic abc", "Bearer é"])
async def test_a_page_without_its_token_is_told_nothing(
    page: httpx.AsyncClient, header: str
) -> None:
    answer = await page.get("/internal/page", headers={b"Authorization": header.encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_a_page_that_opens_in_mid_turn_sees_the_whole_turn(page: httpx.AsyncClient) -> None:
    begun = await page.post("/internal/page/turns", json={"input": "[[tokens=20 pace_ms=20]]"})
    assert begun.status_code == 202
    shown = (await page.get("/internal/page")).json()
    assert shown["running"]
    assert [m["id"] for m in shown["messages"]] == [begun.json()["message_id"]]
    path = f"/internal/page/events?after={shown['cursor']}"
    text, last = "", {}
    async with events(page, "GET", path) as stream:
        async for event in stream:
            last = event.json()
            if event.kind == "token":
                text += last["text"]
            if event.kind == "done":
                break
    assert last["turn"] == begun.json()["turn"]
    assert last["message"]["content"] == text == " ".join(f"w{n}" for n in range(20))
    assert last["message"]["door"] == "page"


async def test_a_page_sees_the_turns_of_other_doors_and_changes_of_its_session(
    page: httpx.AsyncClient, session: Session
) -> None:
    cursor = (await page.get("/internal/page")).json()["cursor"]
    seen: list[tuple[str, Any]] = []
    async with events(page, "GET", f"/internal/page/events?after={cursor}") as stream:
        answer = await _ask(page, session, "hi [[tokens=2]]")
        async for event in stream:
            seen.append((event.kind, event.json()))
            if event.kind == "session":
                assert event.id is None
            if event.kind == "session" and event.json()["turns"] == 1:
                break
    entries = [(kind, data) for kind, data in seen if kind != "session"]
    assert [kind for kind, _ in entries] == ["turn", "token", "token", "done"]
    assert entries[0][1]["message"]["content"] == "hi [[tokens=2]]"
    assert entries[0][1]["message"]["door"] == "rest"
    assert entries[3][1]["message"]["id"] == answer.json()["message_id"]


async def test_a_page_is_told_of_a_failure(page: httpx.AsyncClient, session: Session) -> None:
    cursor = (await page.get("/internal/page")).json()["cursor"]
    async with events(page, "GET", f"/internal/page/events?after={cursor}") as stream:
        await page.post("/internal/page/turns", json={"input": "[[drop_after=1]]"})
        found: dict[str, Any] = {}
        async for event in stream:
            found[event.kind] = event.json()
            if event.kind == "done":
                break
    assert found["error"]["problem"]["code"] == "model_unavailable"
    assert found["done"]["message"]["status"] == "failed"


async def test_a_page_that_is_new_knows_why_the_last_question_has_no_reply(
    page: httpx.AsyncClient, session: Session
) -> None:
    refused = await _ask(page, session, "[[status=400]]")
    shown = (await page.get("/internal/page")).json()
    [question] = shown["messages"]
    assert shown["problems"] == {question["turn"]: refused.json()["detail"]}
    await _ask(page, session, "hi")
    assert (await page.get("/internal/page")).json()["problems"] == {}


async def test_a_page_cancels_its_turn(page: httpx.AsyncClient, session: Session) -> None:
    await page.post("/internal/page/turns", json={"input": "[[tokens=900 pace_ms=10]]"})
    second = await page.post("/internal/page/turns", json={"input": "me too"})
    assert second.json()["code"] == "turn_in_progress"
    assert (await page.post("/internal/page/cancel")).json() == {"cancelled": True}

    async def ended() -> bool:
        return not (await page.get("/internal/page")).json()["running"]

    await wait_until(ended, "the turn has ended")
    for words, status in (("", 422), ("x" * 300_000, 413)):
        answer = await page.post("/internal/page/turns", json={"input": words})
        assert answer.status_code == status


async def test_a_page_sets_inputs_that_the_next_turn_sees(
    page: httpx.AsyncClient, session: Session
) -> None:
    put = await page.patch("/internal/page/session", json={"inputs": {"device": "laptop"}})
    assert (put.status_code, put.json()["inputs"]) == (200, {"device": "laptop", "notes": ""})
    answer = await _ask(page, session, "[[say=system]]")
    assert answer.json()["text"] == "You help with laptop for Ada."
    for wrong in ('{"notes": "\\ud800"}', '{"device": "toaster"}', '{"colour": "red"}'):
        body, headers = f'{{"inputs": {wrong}}}', {"Content-Type": "application/json"}
        refused = await page.patch("/internal/page/session", content=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_a_page_sets_the_model_and_its_temperature(
    page: httpx.AsyncClient, session: Session
) -> None:
    chosen = {"model": "openai:other", "temperature": 0.3}
    changed = (await page.patch("/internal/page/session", json=chosen)).json()
    assert (changed["model"], changed["temperature"]) == ("openai:other", 0.3)
    answer = (await _ask(page, session, "[[say=settings]]")).json()
    assert (answer["model"], answer["text"].split()[0]) == ("openai:other", "0.3")
    unset = (await page.patch("/internal/page/session", json={"temperature": None})).json()
    assert (unset["model"], unset["temperature"]) == ("openai:other", None)
    for wrong in ({"model": ""}, {"model": "a b"}, {"temperature": 3}, {"title": "x"}):
        assert (await page.patch("/internal/page/session", json=wrong)).status_code == 422
    listed = (await page.get("/internal/page/models")).json()
    assert listed["default"] in [item["model"] for item in listed["items"]]


async def test_a_question_asked_differently_goes_on_in_a_new_session(
    page: httpx.AsyncClient, session: Session, store: SessionStore
) -> None:
    for words in ("one [[tokens=1]]", "two [[tokens=1]]", "three [[tokens=1]]"):
        await _ask(page, session, words)
    shown = (await page.get("/internal/page")).json()
    second = shown["messages"][2]
    edited = {"message_id": second["id"], "input": "[[say=history]]"}
    branch = (await page.post("/internal/page/edits", json=edited)).json()
    assert branch["url"] == shown["way_back"].replace(session.id, branch["session_id"])
    address = f"/v1/sessions/{branch['session_id']}/messages"

    async def answered() -> bool:
        return len((await page.get(address)).json()["items"]) == 4

    await wait_until(answered, "the edited question is answered")
    said = [m["content"] for m in (await page.get(address)).json()["items"]]
    assert said[:3] == ["one [[tokens=1]]", "w0", "[[say=history]]"]
    assert "user:16 assistant:2" in said[3]
    record = await store.get(branch["session_id"])
    assert (record.scenario, record.inputs, record.owner) == (
        session.scenario,
        session.inputs,
        session.owner,
    )
    assert len((await page.get("/internal/page")).json()["messages"]) == 6


@pytest.mark.parametrize(
    ("which", "words", "status"),
    [(1, "x", 409), (None, "x", 404), (0, " ", 422), (0, "x" * 300_000, 413)],
)
async def test_what_cannot_be_asked_differently_makes_no_session(
    page: httpx.AsyncClient,
    session: Session,
    redis: Redis,
    keys: Keys,
    which: int | None,
    words: str,
    status: int,
) -> None:
    await _ask(page, session, "one [[tokens=1]]")
    messages = (await page.get("/internal/page")).json()["messages"]
    message_id = "msg-none" if which is None else messages[which]["id"]
    edited = {"message_id": message_id, "input": words}
    assert (await page.post("/internal/page/edits", json=edited)).status_code == status
    assert await redis.smembers(keys.live_sessions()) == {session.id}


async def test_a_page_answers_the_last_question_anew_and_shows_only_that(
    page: httpx.AsyncClient, session: Session
) -> None:
    await _ask(page, session, "one [[tokens=1]]")
    first = (await page.get("/internal/page")).json()["messages"]
    begun = (await page.post("/internal/page/turns", json={})).json()

    async def answered() -> bool:
        return len((await page.get("/internal/page")).json()["messages"]) == 2

    await wait_until(answered, "the new answer is there alone")
    question = (await page.get("/internal/page")).json()["messages"][0]
    assert (question["id"], question["replaces"]) == (begun["message_id"], first[0]["turn"])


async def test_the_page_of_a_session_that_ended_can_no_longer_speak(
    page: httpx.AsyncClient, session: Session, store: SessionStore
) -> None:
    await store.update(session.id, lambda s: s.ended(Status.STOPPED, EndReason.USER))
    for answer in (
        await page.post("/internal/page/turns", json={"input": "hi"}),
        await page.patch("/internal/page/session", json={"inputs": {}}),
    ):
        assert answer.status_code == 410


async def test_a_stream_of_a_session_ends_by_itself(
    client: httpx.AsyncClient, session: Session
) -> None:
    asked = {"session_id": session.id, "input": "[[tokens=2]]", "stream": True}
    assert (await all_events(client, "POST", "/v1/chat", json=asked))[-1].data == session.id
