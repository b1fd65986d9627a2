"""`playground up` from its start to its end, also where it does not end as it should."""

import os
import signal
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import scripted
from tests.support.scripted_model import ScriptedModel
from tests.support.stack import (
    PLAYGROUND,
    RunningStack,
    command_line,
    is_listening,
    running_stack,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("redis", "streamlit")


async def test_ctrl_c_ends_everything(model: ScriptedModel, tmp_path: Path) -> None:
    with running_stack(tmp_path, scripted(model)) as stack:
        session = stack.launch()
        ports = [stack.port, int(session["url"].rstrip("/").rpartition(":")[2])]
        assert all(is_listening(port) for port in ports)
        assert len(stack.processes()) >= 4
        redis = stack.recorded("redis")
        stack.interrupt()
        assert not _lives(redis)
        assert [command_line(p) for p in stack.processes()] == []
        assert not any(is_listening(port) for port in ports)
        assert "conversations are kept" in stack.said()


def test_a_connection_is_kept_for_longer_than_clients_keep_theirs(stack: RunningStack) -> None:
    door = HTTPConnection("127.0.0.1", stack.port, timeout=10)
    door.request("GET", "/healthz")
    first = door.getresponse()
    first.read()
    kept = door.sock
    time.sleep(6)  # httpx keeps one for 5 s, as uvicorn would of itself: a request met the closing
    door.request("GET", "/healthz")
    assert door.getresponse().status == first.status == 200
    assert door.sock is kept
    door.close()


async def test_a_second_one_says_that_one_is_running(stack: RunningStack) -> None:
    second = subprocess.run(
        [str(PLAYGROUND), "up"],
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert "running already" in second.stdout
    assert stack.url in second.stdout
    assert stack.http.get("/healthz").status_code == 200


async def test_a_port_that_is_taken_is_said_with_the_way_out(
    stack: RunningStack, tmp_path: Path
) -> None:
    environment = stack.environment | {"PLAYGROUND_DATA_DIR": str(tmp_path / "other")}
    second = subprocess.run(
        [str(PLAYGROUND), "up"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert f"PLAYGROUND_PORT={stack.port + 1} make up" in second.stdout


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("PLAYGROUND_DATA_DIR", "/dev/null/data", "The data folder /dev/null/data cannot be used"),
        ("PLAYGROUND_PORT", "many", "PLAYGROUND_PORT: "),
    ],
)
async def test_a_setting_that_cannot_be_is_said_in_words(
    tmp_path: Path, setting: str, value: str, said: str
) -> None:
    environment = os.environ | {"PLAYGROUND_DATA_DIR": str(tmp_path), setting: value}
    done = subprocess.run(
        [str(PLAYGROUND), "up"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


async def test_after_a_kill_the_next_one_cleans_up_and_keeps_the_conversations(
    model: ScriptedModel, tmp_path: Path
) -> None:
    with running_stack(tmp_path, scripted(model)) as stack:
        session = stack.launch()
        said = stack.http.post("/v1/chat", json={"session_id": session["id"], "input": "hello"})
        assert said.status_code == 200, said.text
        before = stack.http.get(f"/v1/sessions/{session['id']}/messages").json()
        orphans = stack.processes()
        assert stack.process is not None
        stack.process.kill()
        stack.process.wait(5)
        orphans = [p for p in orphans if p.pid != stack.process.pid]
        assert any(p.is_running() for p in orphans)

        stack.start()
        assert "left behind" in stack.said()
        assert [p for p in orphans if _lives(p)] == []
        after = stack.http.get(f"/v1/sessions/{session['id']}/messages").json()
        assert after == before
        assert len(after["items"]) == 2
        found = stack.http.get(f"/v1/sessions/{session['id']}").json()
        assert (found["status"], found["end_reason"]) == ("stopped", "shutdown")
        assert stack.launch()["status"] == "ready"


async def test_it_ends_with_the_make_that_started_it(model: ScriptedModel, tmp_path: Path) -> None:
    environment = scripted(model) | {"PLAYGROUND_STOP_WITH_PARENT": "1"}
    stack = RunningStack(tmp_path, environment)
    parent = f"import subprocess, sys; subprocess.run([{str(PLAYGROUND)!r}, 'up'])"
    try:
        stack.start([sys.executable, "-c", parent])
        assert stack.process is not None
        stack.process.kill()
        stack.process.wait(5)
        await wait_until(lambda: stack.processes() == [], "everything has ended", timeout_s=10)
    finally:
        stack.end()


async def test_a_model_that_cannot_run_does_not_hold_the_stack_back(
    model: ScriptedModel, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    environment = scripted(model) | {
        "PLAYGROUND_EMBEDDED_MODEL": "true",
        "PLAYGROUND_EMBEDDED_GGUF": str(broken),
    }
    with running_stack(tmp_path, environment) as stack:
        await wait_until(lambda: "not available" in stack.said(), "the terminal says so")
        assert stack.launch()["status"] == "ready"


async def test_a_part_that_dies_is_started_again(stack: RunningStack) -> None:
    worker = stack.process_of("playground_worker.main")
    os.kill(worker.pid, signal.SIGKILL)
    await wait_until(
        lambda: stack.find_process("playground_worker.main") not in (None, worker),
        "another worker runs",
    )
    assert stack.launch()["status"] == "ready"


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
