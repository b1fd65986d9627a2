"""The ledger: one stack a folder, and the ends of what a killed one left."""

import json
import sys
from pathlib import Path

import psutil
import pytest

from playground_cli.stack import ledger as ledger_module
from playground_cli.stack.child import Child, ChildSpec
from playground_cli.stack.ledger import AlreadyRunning, Ledger
from playground_cli.stack.redis_server import prepare_redis_server


def _sleeper(tmp_path: Path) -> Child:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    return Child.start(ChildSpec("sleeper", "Sleeper", command, {}, tmp_path / "log", lambda: True))


def test_a_second_stack_is_told_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "NOTICE_S", 0.1)
    first, second = Ledger(tmp_path), Ledger(tmp_path)
    first.take("http://127.0.0.1:8080")
    with pytest.raises(AlreadyRunning, match="8080, process"):
        second.take("http://127.0.0.1:8081")
    first.release()
    second.take("http://127.0.0.1:8081")
    second.release()


def test_what_a_killed_stack_left_is_ended(tmp_path: Path) -> None:
    child = _sleeper(tmp_path)
    Ledger(tmp_path).record([child])
    assert Ledger(tmp_path).end_leftovers() == ["sleeper"]
    child.process.wait(5)
    assert not psutil.pid_exists(child.process.pid)
    assert Ledger(tmp_path).end_leftovers() == []


def test_a_pid_that_belongs_to_somebody_else_now_is_left_alone(tmp_path: Path) -> None:
    child = _sleeper(tmp_path)
    ledger = Ledger(tmp_path)
    entry = {"name": "sleeper", "pid": child.process.pid, "started": 12345.0}
    (tmp_path / "processes.json").write_text(json.dumps([entry]))
    assert ledger.end_leftovers() == []
    assert child.running
    child.process.kill()
    child.process.wait(5)


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"pid": 1}]'])
def test_a_ledger_that_was_cut_off_ends_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "processes.json").write_text(content)
    assert Ledger(tmp_path).end_leftovers() == []


def test_a_child_that_ends_at_once_tells_its_last_line(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no weights here')"]
    child = Child.start(ChildSpec("x", "X", command, {}, tmp_path / "log", lambda: False))
    assert not child.wait_until_ready(lambda: False)
    assert child.how_it_ended() == "no weights here"


def test_a_child_that_lacks_an_instruction_is_said_in_words(tmp_path: Path) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGILL)"
    command = [sys.executable, "-c", code]
    child = Child.start(ChildSpec("x", "X", command, {}, tmp_path / "log", lambda: False))
    assert not child.wait_until_ready(lambda: False)
    assert "AVX2" in child.how_it_ended()


def test_a_child_that_ignores_sigterm_is_killed_with_its_group(tmp_path: Path) -> None:
    stubborn = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(c.pid, flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"

    def ready() -> bool:
        return log.exists() and log.read_text().strip().isdigit()

    child = Child.start(ChildSpec("x", "X", [sys.executable, "-c", stubborn], {}, log, ready))
    assert child.wait_until_ready(lambda: False)
    grandchild = psutil.Process(int(log.read_text()))
    child.ask_to_stop()
    child.end(child.started_at)
    assert not child.running
    psutil.wait_procs([grandchild], timeout=5)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_the_password_of_the_embedded_redis_is_in_private_files_alone(tmp_path: Path) -> None:
    server = prepare_redis_server(tmp_path / "redis")
    password = (tmp_path / "redis" / "password").read_text().strip()
    assert password in server.url
    assert all(password not in part for part in server.command)
    for name in ("password", "redis.conf"):
        assert (tmp_path / "redis" / name).stat().st_mode & 0o077 == 0
    again = prepare_redis_server(tmp_path / "redis")
    assert password in again.url
