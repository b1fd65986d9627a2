"""Forks, exports and imports over REST."""

import copy
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from playground.clock import now
from playground.conversation.copying import ConversationCopies
from playground.conversation.history import ConversationHistory
from playground.conversation.log import ConversationLog
from playground.conversation.model import Door, Message
from playground.documents.model import Document
from playground.documents.shelf import Shelf
from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.waiting_pages import PagesOut
from tests.support.workers import WorkerThatLaunchesAtOnce

WANTED: dict[str, Any] = {
    "scenario": "support",
    "title": "My <b>phone</b>",
    "inputs": {"product": "radio", "steps": 4},
    "context": {"user": {"name": "Ada"}},
    "temperature": 0.5,
    "model": "test:other",
}
ANSWER = "It is 5 €.\n\n# Not a title"


def _said(n: int, role: str, content: str, **more: Any) -> Message:
    fields = {"id": f"msg-{n}-{role}", "turn": f"turn-{n}", "role": role, "content": content}
    return Message.model_validate({**fields, "created_at": now(), "door": "ws", **more})


@pytest.fixture
async def address(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, redis: Redis, keys: Keys
) -> str:
    """A session in which three turns were said."""
    session = (await api.post("/v1/sessions?wait=20", json=WANTED)).json()
    answer = {"model": "test:other", "usage": {"output_tokens": 9}, "tool_calls": [{"a": [1]}]}
    messages = [
        _said(1, "user", "How much?"),
        _said(1, "assistant", ANSWER, **answer),
        _said(2, "user", "And why?"),
        _said(2, "assistant", "Be", status="cancelled"),
        _said(3, "user", "Hello?"),
    ]
    await ConversationCopies(redis, keys).begin(session["id"], messages)
    address = f"/v1/sessions/{session['id']}"
    await api.patch(address, json={"system_prompt": "Be brief."})
    return address


@pytest.fixture
def history(redis: Redis, keys: Keys) -> ConversationHistory:
    return ConversationHistory(redis, keys)


async def _file(api: httpx.AsyncClient, address: str) -> dict[str, Any]:
    return (await api.get(f"{address}/export")).json()


def _lasting(file: dict[str, Any]) -> dict[str, Any]:
    """The file without what belongs to one session alone: ids and times of sessions."""
    names = ("scenario", "title", "model", "temperature", "system_prompt", "inputs", "context")
    session = {name: file["session"][name] for name in (*names, "turns")}
    messages = [{k: v for k, v in m.items() if k not in ("id", "turn")} for m in file["messages"]]
    return {"session": session, "messages": messages}


async def test_a_fork_reads_the_same_documents_until_the_last_of_both_is_purged(
    api: httpx.AsyncClient, address: str, redis: Redis, keys: Keys
):
    shelf, first = Shelf(redis, keys), address.rpartition("/")[2]
    lease = Document(id="doc-1", name="lease.md", owner="local", bytes=9, created_at=now())
    await shelf.add(lease, first)
    fork = (await api.post(f"{address}/fork?wait=20")).json()["id"]
    assert await shelf.of_conversation(fork) == [lease]
    for session_id, left in ((first, [lease]), (fork, [])):
        purged = await api.delete(f"/v1/sessions/{session_id}?purge=true")
        assert purged.status_code == 204
        assert await shelf.of_owner("local") == left
    assert await redis.keys("*document*") == []


async def test_a_fork_has_the_conversation_so_far_and_all_that_surrounds_it(
    api: httpx.AsyncClient, address: str
):
    answer = await api.post(f"{address}/fork?wait=20")
    assert answer.status_code == 201
    fork = answer.json()
    assert answer.headers["location"] == f"/v1/sessions/{fork['id']}"
    assert (fork["status"], fork["turns"]) == ("ready", 3)
    first, second = await _file(api, address), await _file(api, f"/v1/sessions/{fork['id']}")
    assert first["messages"] == second["messages"]
    assert {**_lasting(first)["session"], "turns": 3} == _lasting(second)["session"]


async def test_a_fork_takes_a_page_that_waits(
    api: httpx.AsyncClient, address: str, redis: Redis, keys: Keys
):
    await PagesOut(redis, keys).put()
    fork = (await api.post(f"{address}/fork")).json()
    assert (fork["status"], fork["launch"]["mode"]) == ("ready", "warm")
    await api.delete(f"/v1/sessions/{fork['id']}")


async def test_a_fork_ends_with_the_message_that_was_named(
    api: httpx.AsyncClient, address: str, history: ConversationHistory
):
    answer = await api.post(f"{address}/fork", json={"at": "msg-2-user"})
    assert answer.status_code == 202
    said = await history.messages(answer.json()["id"])
    assert [m.id for m in said] == ["msg-1-user", "msg-1-assistant", "msg-2-user"]


async def test_a_fork_of_another_scenario_takes_the_inputs_for_which_it_asks(
    api: httpx.AsyncClient, address: str
):
    fork = (await api.post(f"{address}/fork?wait=20", json={"scenario": "review"})).json()
    assert (fork["scenario"], fork["inputs"]) == ("review", {})
    assert fork["title"] == WANTED["title"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"at": "msg-nope"}, 404, "invalid_request"),
        ({"at": ""}, 422, "invalid_request"),
        ({"at": 1}, 422, "invalid_request"),
        ({"scenario": "nope"}, 404, "scenario_not_found"),
        ({"scenario": "broken"}, 404, "scenario_not_found"),
        ({"foreign": 1}, 422, "invalid_request"),
        ([], 422, "invalid_request"),
    ],
)
async def test_a_fork_that_cannot_be_is_refused(
    api: httpx.AsyncClient, address: str, body: Any, status: int, code: str
):
    answer = await api.post(f"{address}/fork", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len((await api.get("/v1/sessions")).json()["items"]) == 1


async def test_a_fork_that_is_repeated_with_its_key_is_the_first_one(
    api: httpx.AsyncClient, address: str, redis: Redis
):
    key = {"Idempotency-Key": "k" * 200}
    first = await api.post(f"{address}/fork?wait=20", headers=key)
    kept = await redis.keys("*conversation*")
    again = await api.post(f"{address}/fork?wait=20", headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert sorted(await redis.keys("*conversation*")) == sorted(kept)
    other = await api.post(f"{address}/fork?wait=20", headers={"Idempotency-Key": "other"})
    assert other.json()["id"] != first.json()["id"]


async def test_the_message_of_a_turn_that_runs_is_no_place_to_fork(
    api: httpx.AsyncClient, address: str, redis: Redis, keys: Keys
):
    log, session_id = ConversationLog(redis, keys), address.rpartition("/")[2]
    begun = await log.begin_turn(session_id, text="Slow", door=Door.REST)
    answer = await api.post(f"{address}/fork", json={"at": begun.message.id})
    assert (answer.status_code, answer.json()["code"]) == (409, "turn_in_progress")
    assert (await api.post(f"{address}/fork")).json()["turns"] == 3
    await log.end_turn(session_id, begun.turn, message=None)


async def test_an_ended_session_can_be_forked_and_exported(api: httpx.AsyncClient, address: str):
    before = await _file(api, address)
    await api.delete(address)
    assert _lasting(await _file(api, address)) == _lasting(before)
    assert (await api.post(f"{address}/fork?wait=20")).json()["status"] == "ready"


async def test_an_export_is_a_file_with_a_name(api: httpx.AsyncClient, address: str):
    name = f"support-{address.rpartition('/')[2]}"
    answer = await api.get(f"{address}/export")
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.json"'
    assert answer.json()["version"] == 1
    assert answer.json()["session"]["context"] == WANTED["context"]
    answer = await api.get(f"{address}/export?format=markdown")
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.md"'
    assert answer.text.startswith("# My <b>phone</b>\n")
    assert ANSWER in answer.text
    assert "· cancelled" in answer.text
    assert (await api.get(f"{address}/export?format=pdf")).status_code == 422


async def test_what_was_exported_comes_back_but_for_ids_and_times(
    api: httpx.AsyncClient, address: str
):
    file = await _file(api, address)
    answer = await api.post("/v1/sessions/import?wait=20", json=file)
    assert answer.status_code == 201
    again = await _file(api, answer.headers["location"])
    assert {**_lasting(again)["session"], "turns": 0} == {**_lasting(file)["session"], "turns": 0}
    assert again["session"]["turns"] == 3
    assert _lasting(again)["messages"] == _lasting(file)["messages"]
    ids = {m["id"] for m in file["messages"]} | {m["turn"] for m in file["messages"]}
    assert not ids & ({m["id"] for m in again["messages"]} | {m["turn"] for m in again["messages"]})


async def test_a_replaced_turn_stays_replaced_and_is_not_in_what_people_read(
    api: httpx.AsyncClient, address: str
):
    file = await _file(api, address)
    question = next(m for m in file["messages"] if m["id"] == "msg-3-user")
    question["replaces"] = "turn-2"
    copied = (await api.post("/v1/sessions/import?wait=20", json=file)).headers["location"]
    marks = [m.get("replaced_by") for m in (await _file(api, copied))["messages"]]
    assert [mark is not None for mark in marks] == [False, False, True, True, False]
    read = (await api.get(f"{copied}/export?format=markdown")).text
    assert "How much?" in read
    assert "And why?" not in read


async def test_a_file_without_messages_is_a_new_session(api: httpx.AsyncClient, address: str):
    file = {**await _file(api, address), "messages": []}
    answer = await api.post("/v1/sessions/import?wait=20", json=file)
    assert (answer.status_code, answer.json()["turns"]) == (201, 0)


def _first(**change: Any) -> Callable[[dict[str, Any]], None]:
    return lambda file: file["messages"][0].update(change)


def _session(**change: Any) -> Callable[[dict[str, Any]], None]:
    return lambda file: file["session"].update(change)


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        (lambda f: f.update(version=2), 422),
        (lambda f: f.update(format="other"), 422),
        (lambda f: f.update(foreign=1), 422),
        (lambda f: f.pop("session"), 422),
        (lambda f: f.update(messages={}), 422),
        (lambda f: f.update(messages=f["messages"] * 2), 422),
        (lambda f: f["messages"].reverse(), 422),
        (lambda f: f["messages"].extend([f["messages"][0] | {"id": "x"}]), 422),
        (lambda f: f.update(messages=[f["messages"][0]] * 5_001), 422),
        (_first(role="system"), 422),
        (_first(role="assistant"), 422),
        (_first(door="window"), 422),
        (_first(foreign=1), 422),
        (_first(content=7), 422),
        (_first(content="\ud800"), 422),
        (_first(content="half\x00"), 422),
        (_first(usage={"output_tokens": 10**400}), 422),
        (_first(usage={"output_tokens": -1}), 422),
        (_first(tool_calls=[{"a": float("nan")}]), 422),
        (_first(created_at="0001-01-01T00:00:00+14:00"), 422),
        (_first(created_at="2026-01-01T00:00:00"), 422),
        (_first(id="x" * 129), 422),
        (_session(foreign=1), 422),
        (_session(scenario="nope"), 404),
        (_session(inputs={"steps": 99}), 422),
        (_session(inputs={"foreign": 1}), 422),
        (_session(title=" "), 422),
        (_session(temperature=3), 422),
        (_session(context=[]), 422),
        (_session(context={"a": "x" * 257 * 1024}), 413),
        (_session(system_prompt="x" * 100_001), 422),
    ],
)
async def test_a_file_that_is_not_whole_is_refused(
    api: httpx.AsyncClient,
    address: str,
    redis: Redis,
    spoil: Callable[[dict[str, Any]], Any],
    status: int,
):
    file = copy.deepcopy(await _file(api, address))
    spoil(file)
    before = sorted(await redis.keys("*:conversation:*"))
    headers = {"content-type": "application/json"}
    body = json.dumps(file).encode()
    answer = await api.post("/v1/sessions/import", content=body, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status, answer.text
    assert sorted(await redis.keys("*:conversation:*")) == before


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b"no JSON", (422,)),
        (b"[]", (422,)),
        (b"null", (422,)),
        (b"[" * 10_000 + b"]" * 10_000, (400, 422)),
        (b'{"session":' * 10_000 + b"1" + b"}" * 10_000, (400, 422)),
        (b'{"a": "' + b"x" * 3 * 1024 * 1024 + b'"}', (413,)),
    ],
)
async def test_what_is_no_file_of_ours_is_refused(
    api: httpx.AsyncClient, body: bytes, statuses: tuple[int, ...]
):
    headers = {"content-type": "application/json"}
    answer = await api.post("/v1/sessions/import", content=body, headers=headers)
    assert answer.status_code in statuses
    assert answer.headers["content-type"] == "application/problem+json"
