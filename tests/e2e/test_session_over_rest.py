"""A session over REST on the whole stack: its prompt, its log, and what bad input gets."""

from typing import Any

import pytest

from tests.support.stack import RunningStack

pytestmark = pytest.mark.needs("redis", "streamlit")


def _system_prompt(stack: RunningStack, session_id: str) -> str:
    body = {"session_id": session_id, "input": "[[say=system]]"}
    return stack.http.post("/v1/chat", json=body).json()["text"]


def test_a_session_s_own_prompt_takes_the_place_of_its_scenario_s(stack: RunningStack) -> None:
    session = stack.launch("technical-support", inputs={"product": "Toaster 3000"})
    address = f"/v1/sessions/{session['id']}"
    assert "Toaster 3000" in _system_prompt(stack, session["id"])
    mine = {"system_prompt": "You sell the {{ product }}."}
    assert stack.http.patch(address, json=mine).status_code == 200
    assert _system_prompt(stack, session["id"]) == "You sell the Toaster 3000."
    assert stack.http.patch(address, json={"system_prompt": None}).status_code == 200
    assert "You sell" not in _system_prompt(stack, session["id"])
    stack.http.delete(address)


def test_the_log_of_an_ended_session_s_page_stays_readable(stack: RunningStack) -> None:
    session = stack.launch("code-review")
    address = f"/v1/sessions/{session['id']}"
    while_it_runs = stack.http.get(f"{address}/logs")
    assert while_it_runs.status_code == 200
    stack.http.delete(address)
    assert stack.http.get(f"{address}/logs").text.startswith(while_it_runs.text)
    assert str(stack.folder) not in stack.http.get(address).text


@pytest.mark.parametrize(
    ("method", "path", "what", "status", "code"),
    [
        ("POST", "/v1/sessions", {"json": {"scenario": "no-such"}}, 404, "scenario_not_found"),
        ("POST", "/v1/sessions", {"json": {"scenario": 1}}, 422, "invalid_request"),
        (
            "POST",
            "/v1/sessions",
            {"json": {"scenario": "technical-support", "inputs": {"steps": "many"}}},
            422,
            "invalid_request",
        ),
        (
            "POST",
            "/v1/sessions",
            {"content": b'{"scenario":"code-review","title":"\\ud800"}'},
            422,
            "invalid_request",
        ),
        ("POST", "/v1/chat", {"json": {"session_id": "demo", "input": " "}}, 422, None),
        (
            "POST",
            "/v1/chat",
            {"json": {"session_id": "demo", "input": "x" * 1024 * 1024}},
            413,
            "too_large",
        ),
        ("POST", "/v1/chat", {"json": {"session_id": "../x", "input": "x"}}, 422, None),
        ("POST", "/v1/chat", {"content": b'{"session_id":"demo","input":"\xff\xfe"}'}, None, None),
        ("POST", "/v1/chat/stream", {"content": b"{"}, 422, "invalid_request"),
        ("POST", "/v1/chat", {"content": b"[" * 100_000}, None, None),
        ("GET", "/v1/sessions/none", {}, 404, "session_not_found"),
        ("GET", "/v1/sessions?cursor=x", {}, 422, "invalid_request"),
        ("GET", "/v1/sessions?status=sleepy", {}, 422, "invalid_request"),
        ("GET", "/v1/no-such-path", {}, 404, "invalid_request"),
        ("PUT", "/v1/sessions", {}, 405, "invalid_request"),
        ("GET", "/v1/sessions", {"headers": {"Host": "evil.example"}}, 403, "forbidden"),
        ("GET", "/v1/sessions", {"headers": {"Origin": "http://evil.example"}}, 403, "forbidden"),
    ],
)
def test_bad_input_is_a_problem_with_a_code(
    stack: RunningStack,
    method: str,
    path: str,
    what: dict[str, Any],
    status: int | None,
    code: str | None,
) -> None:
    what.setdefault("headers", {"content-type": "application/json"})
    answer = stack.http.request(method, path, **what)
    assert answer.status_code == status if status else 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == (code or "invalid_request")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert {"type", "title", "status", "detail"} <= set(problem)
