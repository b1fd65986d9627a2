"""The real embedded model, from the package to the answer, its note and its limits."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest

from playground.models import EMBEDDED_DEFAULT
from tests.support.stack import PLAYGROUND, RunningStack, running_stack
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("redis", "streamlit", "model")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The stack as `make up` runs it on a machine without any key."""
    with running_stack(tmp_path_factory.mktemp("embedded"), {}) as running:
        yield running


async def test_a_session_is_answered_by_a_real_model_with_a_note(stack: RunningStack) -> None:
    await wait_until(
        lambda: stack.http.get("/readiness").json()["checks"]["model"]["ok"],
        "the model is ready",
        timeout_s=30,
    )
    session = stack.launch("document-analysis", inputs={})
    assert session["model"] == EMBEDDED_DEFAULT
    body = {"session_id": session["id"], "input": "Say hello in one short sentence."}
    answer = stack.http.post("/v1/chat", json=body)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["text"].split()) >= 2
    assert "demonstration model" in answer.json()["note"]
    assert answer.json()["model"] == EMBEDDED_DEFAULT


def test_the_command_line_says_what_kind_of_model_answers(stack: RunningStack) -> None:
    done = subprocess.run(
        [str(PLAYGROUND), "chat", "creative-writing", "Say hello."],
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "demonstration model" in " ".join(done.stderr.split())
    assert "demonstration model" not in done.stdout


async def test_the_model_server_wants_its_key_and_shows_no_page(stack: RunningStack) -> None:
    port = stack.recorded("model").cmdline()[-2]
    base = f"http://127.0.0.1:{port}"
    assert httpx.get(f"{base}/v1/models").status_code == 401
    assert httpx.get(f"{base}/").status_code == 404


async def test_a_killed_model_is_started_again_and_answers(stack: RunningStack) -> None:
    stack.recorded("model").kill()
    body = {"session_id": "after-the-kill", "input": "Say yes."}

    def answers() -> bool:
        return stack.http.post("/v1/chat", json=body).status_code == 200

    await wait_until(answers, "it answers again", timeout_s=30)
