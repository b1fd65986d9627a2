import asyncio
import json
from typing import Any

import httpx
import pytest

from playground.conversation.history import ConversationHistory
from playground.conversation.log import ConversationLog
from playground.conversation.model import Door
from playground.keys import Keys
from playground.principal import Principal
from playground.redis_connection import Redis
from playground.sessions.model import new_session
from playground.sessions.store import SessionStore
from playground_api.routes import sessions as sessions_route
from tests.support.waiting import wait_until
from tests.support.workers import (
    WorkerThatLaunchesAtOnce,
    WorkerThatNeverAnswers,
    WorkerThatWaitsForAWord,
    WorkerWhoseLaunchFails,
)


async def launched(api: httpx.AsyncClient, **wanted: Any) -> dict[str, Any]:
    answer = await api.post("/v1/sessions?wait=20", json={"scenario": "support", **wanted})
    return answer.json()


async def test_a_session_can_be_read(api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce):
    session = await launched(api)
    answer = await api.get(f"/v1/sessions/{session['id']}")
    assert answer.json() == session
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/open"),
        ("GET", "/logs"),
    ],
)
@pytest.mark.parametrize("session_id", ["ses-nope", "%00", "a%2Fb", "ü", "x" * 500])
async def test_a_session_that_is_not_there_is_not_found(
    api: httpx.AsyncClient, method: str, path: str, session_id: str
):
    body = {"title": "x"} if method == "PATCH" else None
    answer = await api.request(method, f"/v1/sessions/{session_id}{path}", json=body)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("record", ["{secret", '{"secret": 1}', "[]"])
async def test_a_record_that_is_broken_costs_its_own_session_alone(
    api: httpx.AsyncClient,
    redis: Redis,
    keys: Keys,
    worker: WorkerThatLaunchesAtOnce,
    caplog: pytest.LogCaptureFixture,
    record: str,
):
    whole, broken, newest = [(await launched(api))["id"] for _ in range(3)]
    await redis.hset(keys.session(broken), "data", record)
    for limit, ids in ((2, [newest, whole]), (1, [newest])):
        page = (await api.get("/v1/sessions", params={"limit": limit})).json()
        assert [one["id"] for one in page["items"]] == ids
    rest = await api.get("/v1/sessions", params={"cursor": page["next_cursor"]})
    assert [one["id"] for one in rest.json()["items"]] == [whole]
    for path in ("/", "/sessions", "/metrics"):
        assert (await api.get(path)).status_code == 200
    at, about = f"/v1/sessions/{broken}", {"title": "x"}
    for asked in (api.get(at), api.patch(at, json=about), api.delete(at)):
        answer = await asked
        assert (answer.status_code, answer.json()["title"]) == (500, "Session unreadable")
    named = [one.getMessage() for one in caplog.records if broken in one.getMessage()]
    assert [one for one in named if "cannot be read" in one]
    assert "secret" not in caplog.text
    assert (await api.delete(at, params={"purge": True})).status_code == 204
    assert (await api.get(at)).status_code == 404
    assert not await redis.sismember(keys.placed_sessions("local"), broken)


async def test_a_session_of_somebody_else_is_not_there(
    api: httpx.AsyncClient, redis: Redis, keys: Keys
):
    other = new_session(
        session_id="ses-other",
        principal=Principal("other"),
        scenario="support",
        title="T",
        model="m",
    )
    await SessionStore(redis, keys).create(other)
    assert (await api.get("/v1/sessions")).json()["items"] == []
    for answer in (
        await api.get("/v1/sessions/ses-other"),
        await api.patch("/v1/sessions/ses-other", json={"title": "Mine"}),
        await api.delete("/v1/sessions/ses-other"),
    ):
        assert answer.json()["code"] == "session_not_found"


async def test_a_listing_is_newest_first_filtered_and_in_pages(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    ids = [(await launched(api))["id"] for _ in range(3)]
    review = (await launched(api, scenario="review"))["id"]
    await api.delete(f"/v1/sessions/{ids[0]}")
    page = (await api.get("/v1/sessions?limit=2")).json()
    rest = (await api.get("/v1/sessions", params={"cursor": page["next_cursor"]})).json()
    assert [s["id"] for s in [*page["items"], *rest["items"]]] == [review, *reversed(ids)]
    assert rest["next_cursor"] is None
    stopped = (await api.get("/v1/sessions?status=stopped")).json()["items"]
    assert [s["id"] for s in stopped] == [ids[0]]
    reviews = (await api.get("/v1/sessions?scenario=review")).json()["items"]
    assert [s["id"] for s in reviews] == [review]


async def test_sessions_that_come_and_go_between_two_pages_move_nothing(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    ids = [(await launched(api))["id"] for _ in range(4)]
    first = (await api.get("/v1/sessions?limit=2")).json()
    await launched(api)
    await api.delete(f"/v1/sessions/{ids[2]}?purge=true")
    second = (await api.get(f"/v1/sessions?limit=2&cursor={first['next_cursor']}")).json()
    assert [s["id"] for s in second["items"]] == [ids[1], ids[0]]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "status=happy", "cursor=x", "cursor=-1"]
)
async def test_a_listing_that_cannot_be_is_refused(api: httpx.AsyncClient, query: str):
    answer = await api.get(f"/v1/sessions?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_a_session_is_changed_by_what_is_given_alone(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    session = await launched(api, inputs={"product": "tablet"}, temperature=1)
    address = f"/v1/sessions/{session['id']}"
    changed = (await api.patch(address, json={"title": "New", "inputs": {"steps": 5}})).json()
    assert changed["title"] == "New"
    assert changed["inputs"] == {"product": "tablet", "steps": 5}
    assert (changed["temperature"], changed["status"]) == (1, "ready")
    assert (await api.patch(address, json={"temperature": None})).json()["temperature"] is None
    assert (await api.patch(address, json={})).json()["title"] == "New"


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"temperature": 9}, "temperature"),
        ({"inputs": {"steps": 9}}, "inputs.steps"),
        ({"inputs": {"nope": 1}}, "inputs.nope"),
        ({"status": "ready"}, "status"),
    ],
)
async def test_a_change_that_cannot_be_changes_nothing(
    api: httpx.AsyncClient,
    worker: WorkerThatLaunchesAtOnce,
    patch: dict[str, Any],
    field: str,
):
    session = await launched(api)
    answer = await api.patch(f"/v1/sessions/{session['id']}", json=patch)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await api.get(f"/v1/sessions/{session['id']}")).json() == session


async def test_an_ended_session_can_be_renamed_and_nothing_else(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    address = f"/v1/sessions/{(await launched(api))['id']}"
    await api.delete(address)
    assert (await api.patch(address, json={"title": "Old"})).json()["title"] == "Old"
    answer = await api.patch(address, json={"model": "other:model"})
    assert (answer.status_code, answer.json()["code"]) == (410, "session_ended")


async def test_stopping_ends_the_session_and_may_be_repeated(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    address = f"/v1/sessions/{(await launched(api))['id']}"
    first, second = await api.delete(address), await api.delete(address)
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert (first.json()["status"], first.json()["end_reason"]) == ("stopped", "user")
    assert first.json()["url"] is None


async def test_a_stop_that_takes_long_is_answered_before_it_is_done(
    api: httpx.AsyncClient, redis_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sessions_route, "STOP_WAIT_S", 0.1)
    async with WorkerThatNeverAnswers(redis_url, keys):
        session = (await api.post("/v1/sessions", json={"scenario": "support"})).json()
        answer = await api.delete(f"/v1/sessions/{session['id']}")
        assert (answer.status_code, answer.json()["status"]) == (202, "queued")
        purged = await api.delete(f"/v1/sessions/{session['id']}?purge=true")
        assert purged.status_code == 202
        assert (await api.get(f"/v1/sessions/{session['id']}")).status_code == 200


async def test_purging_forgets_the_record_and_the_conversation(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, redis: Redis, keys: Keys
):
    session_id = (await launched(api))["id"]
    conversations = ConversationLog(redis, keys)
    message = await conversations.begin_turn(session_id, text="Hi", door=Door.REST)
    await conversations.end_turn(session_id, message.turn, message=None)
    assert (await api.delete(f"/v1/sessions/{session_id}")).status_code == 200
    history = ConversationHistory(redis, keys)
    assert len(await history.messages(session_id)) == 1
    assert (await api.delete(f"/v1/sessions/{session_id}?purge=true")).status_code == 204
    assert await history.messages(session_id) == []
    assert (await api.get(f"/v1/sessions/{session_id}")).status_code == 404
    told: Any = await redis.xrevrange(keys.session_changes(), count=1)
    assert json.loads(told[0][1]["session"])["purged"] is True


async def test_opening_leads_to_the_page(api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce):
    session = await launched(api)
    answer = await api.get(f"/v1/sessions/{session['id']}/open")
    assert (answer.status_code, answer.headers["location"]) == (303, worker.page)


async def test_opening_waits_while_the_page_is_launched(
    api: httpx.AsyncClient, redis_url: str, keys: Keys
):
    async with WorkerThatWaitsForAWord(redis_url, keys) as worker:
        session = (await api.post("/v1/sessions", json={"scenario": "support"})).json()
        await wait_until(lambda: worker.jobs, "the launch was asked for")
        opening = asyncio.create_task(api.get(f"/v1/sessions/{session['id']}/open"))
        worker.go.set()
        assert (await opening).headers["location"] == worker.page


async def test_opening_an_ended_session_says_so(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    session = await launched(api)
    await api.delete(f"/v1/sessions/{session['id']}")
    answer = await api.get(f"/v1/sessions/{session['id']}/open")
    assert (answer.status_code, answer.json()["code"]) == (410, "session_ended")


async def test_opening_a_failed_session_says_what_it_failed_of(
    api: httpx.AsyncClient, redis_url: str, keys: Keys
):
    async with WorkerWhoseLaunchFails(redis_url, keys):
        failed = await api.post("/v1/sessions?wait=20", json={"scenario": "support"})
    answer = await api.get(f"{failed.headers['location']}/open")
    assert (answer.status_code, answer.json()["code"]) == (502, "launch_failed")


async def test_the_log_s_last_lines_are_shown(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    worker.page_log = "".join(f"line {n}\n" for n in range(300))
    address = f"/v1/sessions/{(await launched(api))['id']}/logs"
    answer = await api.get(address, params={"tail": 2})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == "line 298\nline 299\n"
    assert len((await api.get(address)).text.splitlines()) == 200
    assert (await api.get(address, params={"tail": 0})).status_code == 422


async def test_a_log_outlives_its_page_for_a_day_and_then_says_that_it_is_gone(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, redis: Redis, keys: Keys
):
    session = await launched(api)
    address = f"/v1/sessions/{session['id']}"
    await api.delete(address)
    await redis.set(keys.page_log(session["id"]), "its last words\n", ex=60)
    assert (await api.get(f"{address}/logs")).text == "its last words\n"
    await redis.delete(keys.page_log(session["id"]))
    answer = await api.get(f"{address}/logs")
    assert (answer.status_code, answer.json()["code"]) == (410, "session_ended")
