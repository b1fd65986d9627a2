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
    turns = 'playground_turns_total{door="rest",outcome="complete"}'
    before = _value(stack, turns)
    session = stack.launch("code-review")
    assert _value(stack, 'playground_sessions{status="ready"}') >= 1
    stack.http.post("/v1/chat", json={"session_id": session["id"], "input": "x"})
    stack.http.delete(f"/v1/sessions/{session['id']}")
    assert _value(stack, turns) == before + 1
    assert 'route="/v1/sessions/{session_id}"' in stack.http.get("/metrics").text


def _value(stack: RunningStack, series: str) -> float:
    """What a running stack shows of a series; 0 if it has none yet."""
    lines = stack.http.get("/metrics").text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(series)), 0)
