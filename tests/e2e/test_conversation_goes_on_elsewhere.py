"""Forks, exports and imports on the whole stack, each on a page of its own."""

from typing import Any

import pytest

from tests.support.stack import RunningStack

pytestmark = pytest.mark.needs("redis", "streamlit")


def _say(stack: RunningStack, session_id: str, text: str) -> str:
    answer = stack.http.post("/v1/chat", json={"session_id": session_id, "input": text})
    assert answer.status_code == 200, answer.text
    return answer.json()["text"]


def _messages(stack: RunningStack, session_id: str) -> list[dict[str, Any]]:
    return stack.http.get(f"/v1/sessions/{session_id}/messages").json()["items"]


def test_a_fork_in_mid_conversation_and_the_first_one_go_on_apart(stack: RunningStack) -> None:
    first = stack.launch("technical-support", context={"plan": "pro"})
    for text in ("One [[tokens=2]]", "Two [[tokens=3]]"):
        _say(stack, first["id"], text)
    said = _messages(stack, first["id"])
    path = f"/v1/sessions/{first['id']}/fork?wait=30"
    answer = stack.http.post(path, json={"at": said[1]["id"]})
    assert answer.status_code == 201, answer.text
    fork = answer.json()
    assert fork["url"] != first["url"]
    assert _messages(stack, fork["id"]) == said[:2]
    stack.http.patch(f"/v1/sessions/{fork['id']}/context", json={"plan": "free"})
    assert '"plan": "free"' in _say(stack, fork["id"], "[[say=system]]")
    assert '"plan": "pro"' in _say(stack, first["id"], "[[say=system]]")
    assert len(_say(stack, fork["id"], "[[say=history]]").split()) == 6
    assert len(_say(stack, first["id"], "[[say=history]]").split()) == 8
    assert _messages(stack, first["id"])[:4] == said
    for session in (first, fork):
        stack.http.delete(f"/v1/sessions/{session['id']}")


def test_an_ended_conversation_goes_out_as_a_file_and_comes_back(stack: RunningStack) -> None:
    first = stack.launch("technical-support", title="Kept", inputs={"product": "Toaster 3000"})
    _say(stack, first["id"], "One [[tokens=2]]")
    stack.http.delete(f"/v1/sessions/{first['id']}")
    file = stack.http.get(f"/v1/sessions/{first['id']}/export").json()
    answer = stack.http.post("/v1/sessions/import?wait=30", json=file)
    assert answer.status_code == 201, answer.text
    second = answer.json()
    again = stack.http.get(f"/v1/sessions/{second['id']}/export").json()
    ours = ("id", "turn")
    assert [{k: v for k, v in m.items() if k not in ours} for m in again["messages"]] == [
        {k: v for k, v in m.items() if k not in ours} for m in file["messages"]
    ]
    for name in ("title", "inputs", "context", "model", "temperature", "system_prompt", "turns"):
        assert again["session"][name] == file["session"][name], name
    assert "Toaster 3000" in _say(stack, second["id"], "[[say=system]]")
    stack.http.delete(f"/v1/sessions/{second['id']}")
