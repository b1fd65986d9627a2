"""One conversation by the command line, against a running stack: tools, documents, branches."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from playground_cli.main import app
from tests.support.stack import PLAYGROUND, RunningStack

pytestmark = pytest.mark.needs("redis", "streamlit")


@pytest.fixture
def session(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A session of the stack that the commands speak to."""
    monkeypatch.setenv("PLAYGROUND_URL", stack.url)
    launched = stack.launch("document-analysis", title="The lease")
    yield launched
    stack.http.delete(f"/v1/sessions/{launched['id']}")


def run(*words: str, code: int = 0) -> Result:
    """`playground <words>` in this process: what it prints, and it must end with *code*."""
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done


def run_json(*words: str) -> Any:
    return json.loads(run(*words, "--json").stdout)


def test_calls_of_tools_are_shown_beside_the_answer(session: dict[str, Any]) -> None:
    found = run("chat", session["id"], 'Rent? [[call=vector_search args={"query":"rent"}]]')
    assert '→ vector_search {"query": "rent"}' in found.stderr
    assert "✓ vector_search" in found.stderr
    assert found.stdout.startswith("tools said:")
    lost = run("chat", session["id"], 'And? [[call=doc_get args={"doc_id":"none"}]]')
    assert "✗ doc_get failed" in lost.stderr
    assert "doc_get" not in lost.stdout


def test_model_and_temperature_are_chosen_for_an_answer_and_it_is_given_anew(
    session: dict[str, Any], stack: RunningStack
) -> None:
    manner = ["--model", "openai:another", "--temperature", "0.25"]
    first = run_json("chat", session["id"], "How? [[say=settings]]", *manner)
    assert (first["model"], "0.25" in first["text"]) == ("openai:another", True)
    again = run_json("chat", session["id"], "--regenerate")
    assert "0.25" not in again["text"]
    run("chat", session["id"], "Both", "--regenerate", code=1)
    asked = stack.http.get(f"/v1/sessions/{session['id']}/messages").json()["items"]
    assert [m["content"] for m in asked if m["role"] == "user"] == ["How? [[say=settings]]"] * 2


def test_documents_are_uploaded_listed_and_taken_away(
    session: dict[str, Any], tmp_path: Path
) -> None:
    lease, binary = tmp_path / "lease.md", tmp_path / "bad.pdf"
    lease.write_text("# Rent\n\nThe rent is due on the third working day.")
    binary.write_bytes(b"\x7fELF\x00\x00")
    missing = tmp_path / "none.md"
    said = run("upload", session["id"], str(missing), str(binary), str(lease), code=1)
    assert "lease.md  1 passage" in said.stdout
    assert "bad.pdf: " in said.stderr
    assert "none.md: No such file" in said.stderr
    (document,) = run_json("documents", session["id"])
    assert (document["name"], document["status"]) == ("lease.md", "ready")
    assert "lease.md" in run("documents", session["id"]).stdout
    assert run_json("upload", session["id"], str(lease))[0]["chunks"] == 1
    for one in run_json("documents", session["id"]):
        run("documents", session["id"], "--remove", one["id"])
    assert run_json("documents", session["id"]) == []


def test_a_conversation_is_exported_and_forked(session: dict[str, Any], tmp_path: Path) -> None:
    run("chat", session["id"], "One [[tokens=2]]")
    run("chat", session["id"], "Two [[tokens=2]]")
    exported = run_json("export", session["id"])
    file = tmp_path / "lease.md"
    assert run("export", session["id"], "--format", "markdown", "-o", str(file)).stdout == ""
    assert "The lease" in file.read_text()
    assert "Is a directory" in run("export", session["id"], "-o", str(tmp_path), code=1).stderr
    fork = run_json("fork", session["id"], "--at", exported["messages"][1]["id"])
    copied = run_json("export", fork["id"])["messages"]
    assert [m["content"] for m in copied] == ["One [[tokens=2]]", "w0 w1"]
    run("stop", fork["id"])
    assert "no such message" in run("fork", session["id"], "--at", "msg-none", code=1).stderr


def test_ctrl_c_ends_the_answer_and_keeps_what_was_said(
    session: dict[str, Any], stack: RunningStack
) -> None:
    words = [str(PLAYGROUND), "chat", session["id"], "Go on [[tokens=3 pace_ms=1 stall_after=3]]"]
    with subprocess.Popen(
        words, env=stack.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as chat:
        assert chat.stdout is not None
        assert chat.stdout.read(len("w0 w1 w2")) == b"w0 w1 w2"
        chat.send_signal(signal.SIGINT)
        _, errors = chat.communicate(timeout=30)
    assert (chat.returncode, errors.decode().strip()) == (130, "Stopped.")
    answer = stack.http.get(f"/v1/sessions/{session['id']}/messages").json()["items"][-1]
    assert (answer["content"], answer["status"]) == ("w0 w1 w2", "cancelled")
