"""The command line against a running stack, as a person and as a program use it."""

import json
import subprocess
from typing import Any

import pytest

from tests.support.stack import PLAYGROUND, RunningStack

pytestmark = pytest.mark.needs("redis", "streamlit")


def run(stack: RunningStack, *words: str, code: int = 0, typed: str = "") -> str:
    """What `playground <words>` prints on standard output; it must end with *code*."""
    done = subprocess.run(
        [str(PLAYGROUND), *words],
        env=stack.environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def run_json(stack: RunningStack, *words: str) -> Any:
    return json.loads(run(stack, *words, "--json"))


def test_status_tells_how_every_part_is(stack: RunningStack) -> None:
    checks = run_json(stack, "status")["checks"]
    assert checks["redis"]["ok"] is True
    assert checks["workers"]["ok"] is True
    assert "redis" in run(stack, "status")


def test_launch_chat_list_and_stop(stack: RunningStack) -> None:
    session = run_json(stack, "launch", "code-review", "--title", "Mine [bold]")
    assert (session["status"], session["title"]) == ("ready", "Mine [bold]")
    said = run(stack, "chat", session["id"], "Hello [[say=last]]")
    assert "Hello" in said
    whole = run_json(stack, "chat", session["id"], "Again [[tokens=3]]")
    assert whole["text"] == "w0 w1 w2"
    listed = {s["id"]: s for s in run_json(stack, "sessions")}
    assert listed[session["id"]]["turns"] == 2
    assert "Mine [bold]" in run(stack, "sessions")
    assert run_json(stack, "stop", session["id"])[0]["status"] == "stopped"
    assert session["id"] not in {s["id"] for s in run_json(stack, "sessions")}
    assert session["id"] in {s["id"] for s in run_json(stack, "sessions", "--all")}


def test_a_dialogue_with_a_scenario_launches_it_and_greets(stack: RunningStack) -> None:
    greeting = stack.http.get("/v1/scenarios/creative-writing").json()["greeting"]
    said = run(stack, "chat", "creative-writing", typed="One [[tokens=2]]\n\nTwo [[tokens=4]]\n")
    assert greeting.split()[0] in said
    assert "w0 w1" in said
    assert "w3" in said
    assert all(s["status"] == "stopped" for s in run_json(stack, "stop", "--all"))
    assert run_json(stack, "sessions") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["launch", "no-such"], "no scenario"),
        (["chat", "no-such", "hello"], "no scenario"),
        (["stop", "ses-none"], "no session"),
        (["stop"], "Name a session"),
        (["chat", "demo two", "x"], ""),
        (["model", "use", "no-such"], "no model"),
    ],
)
def test_a_mistake_is_one_line_in_words(stack: RunningStack, words: list[str], said: str) -> None:
    errors = run(stack, *words, code=1)
    assert said in errors
    assert "Traceback" not in errors


def test_a_failing_turn_is_said_and_ends_with_an_error(stack: RunningStack) -> None:
    session = run_json(stack, "launch", "code-review")
    errors = run(stack, "chat", session["id"], "x [[status=401]]", code=1)
    assert "OPENAI_API_KEY" in errors
    assert "scripted-key" not in errors
    run(stack, "stop", session["id"])


def test_without_a_playground_it_says_how_to_start_one(stack: RunningStack) -> None:
    environment = stack.environment | {"PLAYGROUND_PORT": "1"}
    done = subprocess.run(
        [str(PLAYGROUND), "sessions"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "make up" in done.stderr


def test_the_doctor_finds_what_the_stack_needs(stack: RunningStack) -> None:
    findings = {f["what"]: f for f in run_json(stack, "doctor")}
    assert findings["a Redis server"]["ok"] is True
    assert all(f["ok"] or f["mend"] for f in findings.values())
