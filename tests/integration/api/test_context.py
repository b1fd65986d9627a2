"""A session's context over REST."""

import json
from typing import Any

import httpx
import pytest

from playground.principal import Principal
from playground.sessions.model import new_session
from tests.support.workers import WorkerThatLaunchesAtOnce

BEFORE: dict[str, Any] = {"user": {"name": "Ada", "plan": "pro"}, "tags": [1, 2]}


@pytest.fixture
async def address(api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce) -> str:
    wanted = {"scenario": "support", "context": BEFORE}
    session = (await api.post("/v1/sessions?wait=20", json=wanted)).json()
    return f"/v1/sessions/{session['id']}"


async def _read(api: httpx.AsyncClient, address: str) -> dict[str, Any]:
    answer = await api.get(f"{address}/context")
    assert answer.status_code == 200
    return answer.json()


async def test_a_context_is_read_replaced_and_patched(api: httpx.AsyncClient, address: str):
    assert await _read(api, address) == BEFORE
    patch = {"user": {"plan": None, "city": "Ulm"}, "tags": {"a": None, "b": 1}, "no": None}
    answer = await api.patch(
        f"{address}/context",
        content=json.dumps(patch),
        headers={"content-type": "application/merge-patch+json"},
    )
    expected = {"user": {"name": "Ada", "city": "Ulm"}, "tags": {"b": 1}}
    assert (answer.status_code, answer.json()) == (200, expected)
    assert await _read(api, address) == expected
    assert (await api.put(f"{address}/context", json={"only": None})).json() == {"only": None}
    assert await _read(api, address) == {"only": None}


_HALF = b'{"a": "\\ud800"}'


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no JSON", 422),
        (b"", 422),
        (b"[1]", 422),
        (b"null", 422),
        (b'"text"', 422),
        (b'{"a": NaN}', 422),
        (b'{"a": 1e999}', 422),
        (_HALF, 422),
        (b'{"a": "\xff"}', 400),
        (b'{"a":' * 60 + b"1" + b"}" * 60, 422),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, None),
        (json.dumps({"a": "x" * 257 * 1024}).encode(), 413),
        (json.dumps({"a": "x" * 3 * 1024 * 1024}).encode(), 413),
    ],
)
async def test_a_context_that_cannot_be_kept_is_refused(
    api: httpx.AsyncClient, address: str, method: str, body: bytes, status: int | None
):
    headers = {"content-type": "application/json"}
    answer = await api.request(method, f"{address}/context", content=body, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code in ((status,) if status else (400, 422))
    assert await _read(api, address) == BEFORE


async def test_patches_that_add_up_to_too_much_are_refused(api: httpx.AsyncClient, address: str):
    half = "x" * 140 * 1024
    assert (await api.patch(f"{address}/context", json={"a": half})).status_code == 200
    answer = await api.patch(f"{address}/context", json={"b": half})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert await _read(api, address) == {**BEFORE, "a": half}


async def test_a_parked_session_sleeps_on(api: httpx.AsyncClient, address: str):
    assert (await api.post(f"{address}/park")).json()["status"] == "parked"
    await api.patch(f"{address}/context", json={"a": 1})
    await api.get(f"{address}/context")
    await api.get(f"{address}/export")
    assert (await api.get(address)).json()["status"] == "parked"


async def test_an_ended_session_s_context_can_be_read_but_not_changed(
    api: httpx.AsyncClient, address: str
):
    await api.delete(address)
    assert await _read(api, address) == BEFORE
    for method in ("PUT", "PATCH"):
        answer = await api.request(method, f"{address}/context", json={"a": 1})
        assert (answer.status_code, answer.json()["code"]) == (410, "session_ended")


async def test_the_context_of_somebody_else_is_not_there(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    other = new_session(
        session_id="ses-other",
        principal=Principal("somebody", "default"),
        scenario="support",
        title="Mine",
        model="m",
    )
    await worker.store.create(other)
    requests = [
        ("GET", "context", None),
        ("PUT", "context", {}),
        ("PATCH", "context", {"a": 1}),
        ("POST", "fork", {}),
        ("GET", "export", None),
    ]
    for method, path, body in requests:
        answer = await api.request(method, f"/v1/sessions/ses-other/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
    assert (await worker.store.get("ses-other")).context == {}
    await worker.store.purge("ses-other")
