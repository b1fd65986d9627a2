"""The page of metrics, held to what a running stack shows."""

import re
from pathlib import Path

import pytest

from tests.support.stack import RunningStack

pytestmark = pytest.mark.needs("redis", "streamlit")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"


def test_the_page_names_every_metric_and_no_other(stack: RunningStack) -> None:
    text = stack.http.get("/metrics").text
    shown = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    shown = {name for name in shown if not name.endswith("_created")}
    named = set(re.findall(r"^\| `(\w+)`", PAGE.read_text(), re.MULTILINE))
    assert named == shown


def test_a_session_and_its_turn_are_counted(stack: RunningStack) -> None:
    session = stack.launch("code-review")
    assert 'playground_sessions{status="ready"} 1.0' in stack.http.get("/metrics").text
    stack.http.post("/v1/chat", json={"session_id": session["id"], "input": "x"})
    stack.http.delete(f"/v1/sessions/{session['id']}")
    text = stack.http.get("/metrics").text
    assert 'playground_turns_total{door="rest",outcome="complete"} 1.0' in text
    assert 'route="/v1/sessions/{session_id}"' in text
