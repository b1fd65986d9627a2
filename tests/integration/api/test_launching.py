import asyncio
from typing import Any

import httpx
import pytest

from playground.errors import NoCapacity
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.jobs import LAUNCH
from tests.support.waiting import wait_until
from tests.support.workers import (
    WorkerThatLaunchesAtOnce,
    WorkerThatNeverAnswers,
    WorkerThatWaitsForAWord,
    WorkerWhoseLaunchFails,
)

SUPPORT = {"scenario": "support"}


async def test_a_session_is_taken_at_once_and_asked_of_the_worker(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    answer = await api.post("/v1/sessions", json=SUPPORT)
    session = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/sessions/{session['id']}"
    assert session["status"] == "queued"
    assert session["title"] == "Technical Support"
    assert session["model"] == "test:model"
    assert session["inputs"] == {"product": "phone", "steps": 3}
    await wait_until(lambda: worker.jobs == [(LAUNCH, session["id"])], "the worker was asked")


async def test_waiting_gives_the_ready_session(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    answer = await api.post("/v1/sessions?wait=20", json=SUPPORT)
    assert answer.status_code == 201
    assert answer.json()["status"] == "ready"
    assert answer.json()["url"] == worker.page
    assert answer.json()["launch"] == {"mode": "cold", "ms": 12}


async def test_waiting_in_vain_gives_the_session_as_it_is(
    api: httpx.AsyncClient, redis_url: str, keys: Keys
):
    async with WorkerThatNeverAnswers(redis_url, keys):
        answer = await api.post("/v1/sessions?wait=0.2", json=SUPPORT)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


class WorkerWithoutRoom(WorkerWhoseLaunchFails):
    error = NoCapacity("No port is free.")


@pytest.mark.parametrize(
    ("kind", "status", "code", "detail"),
    [
        (WorkerWhoseLaunchFails, 502, "launch_failed", "ended before it was ready"),
        (WorkerWithoutRoom, 503, "no_capacity", "No port is free."),
    ],
)
async def test_a_launch_that_fails_gives_the_problem_that_says_why(
    api: httpx.AsyncClient,
    redis_url: str,
    keys: Keys,
    kind: type[WorkerWhoseLaunchFails],
    status: int,
    code: str,
    detail: str,
):
    async with kind(redis_url, keys):
        answer = await api.post("/v1/sessions?wait=20", json=SUPPORT)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert detail in problem["detail"]
    session = (await api.get(answer.headers["location"])).json()
    assert (session["status"], session["error"]["code"]) == ("failed", code)


async def test_a_session_stopped_while_somebody_waits_for_it_is_told_as_ended(
    api: httpx.AsyncClient, redis_url: str, keys: Keys
):
    async with WorkerThatWaitsForAWord(redis_url, keys) as worker:
        launching = asyncio.create_task(api.post("/v1/sessions?wait=20", json=SUPPORT))
        await wait_until(lambda: worker.jobs, "the launch was asked for")
        stopping = asyncio.create_task(api.delete(f"/v1/sessions/{worker.jobs[0][1]}"))
        answer = await launching
        assert (answer.status_code, answer.json()["code"]) == (410, "session_ended")
        await worker.stop(worker.jobs[0][1])
        assert (await stopping).json()["status"] == "stopped"
        await api.delete(f"/v1/sessions/{worker.jobs[0][1]}")


async def test_what_the_client_chose_is_what_the_session_has(api: httpx.AsyncClient):
    wanted = {
        "scenario": "review",
        "title": "  Mine ",
        "model": "anthropic:claude",
        "temperature": 1,
        "context": {"repo": {"name": "x"}},
    }
    session = (await api.post("/v1/sessions", json=wanted)).json()
    assert (session["title"], session["model"]) == ("Mine", "anthropic:claude")
    assert session["temperature"] == 1


async def test_a_scenario_s_own_model_comes_before_the_default(api: httpx.AsyncClient):
    session = (await api.post("/v1/sessions", json={"scenario": "review"})).json()
    assert session["model"] == "openai:gpt-4o"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "scenario"),
        ({"scenario": ""}, 422, "scenario"),
        ({"scenario": 3}, 422, "scenario"),
        (SUPPORT | {"title": "x" * 201}, 422, "title"),
        (SUPPORT | {"title": "  "}, 422, "title"),
        (SUPPORT | {"temperature": 2.1}, 422, "temperature"),
        (SUPPORT | {"temperature": "hot"}, 422, "temperature"),
        (SUPPORT | {"model": "two words"}, 422, "model"),
        (SUPPORT | {"context": [1]}, 422, "context"),
        (SUPPORT | {"inputs": {"steps": 9}}, 422, "inputs.steps"),
        (SUPPORT | {"inputs": {"steps": "three"}}, 422, "inputs.steps"),
        (SUPPORT | {"inputs": {"colour": "red"}}, 422, "inputs.colour"),
        (SUPPORT | {"colour": "red"}, 422, "colour"),
    ],
)
async def test_what_cannot_be_is_named_by_its_field_and_makes_no_session(
    api: httpx.AsyncClient, body: dict[str, Any], status: int, field: str
):
    answer = await api.post("/v1/sessions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, "invalid_request")
    assert [e["field"] for e in answer.json()["errors"]] == [field]
    assert (await api.get("/v1/sessions")).json()["items"] == []


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 422, "invalid_request"),
        (b"", 422, "invalid_request"),
        (b"[]", 422, "invalid_request"),
        (b'{"scenario": "support", "title": "\xff\xfe"}', 400, "invalid_request"),
        (b'{"scenario": "support", "context": {"a": NaN}}', 422, "invalid_request"),
        (b'{"scenario": "support", "context": ' + b'{"a":' * 200 + b"1" + b"}" * 201, 422, None),
        (b'{"scenario": "support", "context": {"a": "\\ud800"}}', 422, "invalid_request"),
        (b"[" * 50_000, 400, "invalid_request"),
        (b'{"scenario": "nope"}', 404, "scenario_not_found"),
        (b'{"scenario": "broken"}', 404, "scenario_not_found"),
        (b'{"scenario": "support", "context": {"a": "' + b"x" * 262_144 + b'"}}', 413, "too_large"),
        (b'{"scenario": "support", "title": "' + b"x" * 3_000_000 + b'"}', 413, "too_large"),
    ],
)
async def test_a_body_that_cannot_be_used_is_a_problem(
    api: httpx.AsyncClient, content: bytes, status: int, code: str | None
):
    headers = {"content-type": "application/json"}
    answer = await api.post("/v1/sessions", content=content, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status
    assert answer.json()["code"] == (code or "invalid_request")


@pytest.mark.parametrize("wait", ["-1", "61", "soon", "nan"])
async def test_a_wait_that_is_no_time_is_refused(api: httpx.AsyncClient, wait: str):
    answer = await api.post(f"/v1/sessions?wait={wait}", json=SUPPORT)
    assert answer.status_code == 422


async def test_a_repeat_with_the_same_key_gives_the_first_session(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    key = {"Idempotency-Key": "a key: with * odd signs"}
    first = await api.post("/v1/sessions?wait=20", json=SUPPORT, headers=key)
    repeat = await api.post("/v1/sessions?wait=20", json=SUPPORT, headers=key)
    other = await api.post("/v1/sessions", json=SUPPORT, headers={"Idempotency-Key": "other"})
    assert (first.status_code, repeat.status_code) == (201, 200)
    assert repeat.json() == first.json()
    assert other.json()["id"] != first.json()["id"]


async def test_repeats_at_the_same_moment_make_one_session(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    key = {"Idempotency-Key": "k"}
    answers = await asyncio.gather(
        *(api.post("/v1/sessions?wait=20", json=SUPPORT, headers=key) for _ in range(5))
    )
    assert len({a.json()["id"] for a in answers}) == 1
    assert len(worker.jobs) == 1
    assert len((await api.get("/v1/sessions")).json()["items"]) == 1


async def test_a_key_whose_request_died_before_its_session_was_kept_is_free_again(
    api: httpx.AsyncClient, redis: Redis, keys: Keys, worker: WorkerThatLaunchesAtOnce
):
    headers = {"Idempotency-Key": "k"}
    await api.post("/v1/sessions?wait=20", json=SUPPORT, headers=headers)
    (claim,) = await redis.keys("default:idempotency:*")
    await redis.set(claim, "ses-that-never-was", px=200)
    again = await api.post("/v1/sessions?wait=20", json=SUPPORT, headers=headers)
    assert again.status_code == 201
