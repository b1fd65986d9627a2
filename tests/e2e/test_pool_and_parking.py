"""The warm pool, parking and limits on the whole stack, whatever is killed meanwhile."""

import os
import re
import signal
import threading
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.e2e.conftest import scripted
from tests.support.scripted_model import ScriptedModel
from tests.support.stack import RunningStack, command_line, running_stack
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("redis", "streamlit")

POOL_SIZE = 2
FULL_AGAIN_S = 10


async def test_a_launch_takes_a_page_that_waited_and_another_waits_soon(
    stack: RunningStack,
) -> None:
    await _pool_is_full(stack)
    waiting = _listeners(stack)
    sessions = [stack.launch() for _ in range(POOL_SIZE)]
    assert [s["launch"]["mode"] for s in sessions] == ["warm"] * POOL_SIZE
    assert {_port(s) for s in sessions} == set(waiting)
    await _pool_is_full(stack, sessions=POOL_SIZE)
    for session in sessions:
        _stop(stack, session)
    await _pool_is_full(stack)


async def test_a_parked_session_gives_its_page_back_and_wakes_in_the_same_conversation(
    stack: RunningStack,
) -> None:
    await _pool_is_full(stack)
    session = stack.launch()
    address = f"/v1/sessions/{session['id']}"
    page = _listeners(stack)[_port(session)]
    _say(stack, session, "Before")
    parked = stack.http.post(f"{address}/park").json()
    assert (parked["status"], parked["url"]) == ("parked", None)
    await wait_until(lambda: not psutil.pid_exists(page), "its page is gone")
    before = stack.http.get(f"{address}/messages").json()["items"]
    await _pool_is_full(stack)

    opened = stack.http.get(f"{address}/open")
    woken = stack.http.get(address).json()
    assert (woken["status"], woken["launch"]["mode"]) == ("ready", "warm")
    assert opened.headers["location"] == woken["url"]
    assert httpx.get(f"{woken['url']}_stcore/health").text == "ok"
    assert stack.http.get(f"{address}/messages").json()["items"] == before
    _say(stack, session, "After")
    after = stack.http.get(f"{address}/messages").json()["items"]
    assert [m["content"] for m in after if m["role"] == "user"] == ["Before", "After"]
    _stop(stack, session)


async def test_a_turn_wakes_a_parked_session(stack: RunningStack) -> None:
    await _pool_is_full(stack)
    session = stack.launch()
    stack.http.post(f"/v1/sessions/{session['id']}/park")
    await _pool_is_full(stack)
    _say(stack, session, "Hello")
    woken = stack.http.get(f"/v1/sessions/{session['id']}").json()
    assert woken["status"] == "ready"
    assert httpx.get(f"{woken['url']}_stcore/health").text == "ok"
    _stop(stack, session)


async def test_waiting_pages_that_are_killed_are_replaced_also_where_one_was_handed_out(
    stack: RunningStack,
) -> None:
    await _pool_is_full(stack)
    killed = set(_listeners(stack).values())
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    session = stack.launch()  # perhaps on one whose death nobody has noticed yet
    await wait_until(lambda: _is_healthy(session), "its page lives", timeout_s=FULL_AGAIN_S)
    await _pool_is_full(stack, sessions=1)
    assert not killed & set(_listeners(stack).values())
    _stop(stack, session)


async def test_a_worker_that_is_killed_finds_the_pages_that_wait_and_makes_no_more(
    stack: RunningStack,
) -> None:
    await _pool_is_full(stack)
    worker = stack.process_of("playground_worker.main")
    for process in [*worker.children(recursive=False), worker]:
        if "playground_worker" in command_line(process):
            process.kill()
    await wait_until(
        lambda: stack.find_process("playground_worker.main") not in (None, worker),
        "another worker runs",
    )
    session = await wait_until(lambda: _launched(stack), "a session is ready")
    assert session is not None
    await _pool_is_full(stack, sessions=1)
    _stop(stack, session)
    await _pool_is_full(stack)


async def test_more_sessions_than_places_are_served_in_turn_and_ctrl_c_leaves_no_page(
    model: ScriptedModel, tmp_path: Path
) -> None:
    limits = {"PLAYGROUND_MAX_SESSIONS": "3", "PLAYGROUND_PARKABLE_AFTER_S": "0.5"}
    with running_stack(tmp_path, scripted(model) | limits) as stack:
        await _pool_is_full(stack)
        answers = _launch_at_once(stack, 6)
        assert {a["status"] for a in answers} == {"ready"}, answers
        sessions = stack.http.get("/v1/sessions").json()["items"]
        assert sorted(s["status"] for s in sessions) == ["parked"] * 3 + ["ready"] * 3
        await _pool_is_full(stack, sessions=3)

        asleep = next(s for s in sessions if s["status"] == "parked")
        back = stack.http.post(f"/v1/sessions/{asleep['id']}/resume", params={"wait": 30})
        assert back.json()["status"] == "ready", back.text
        await _pool_is_full(stack, sessions=3)

        stack.interrupt()
        assert [command_line(p) for p in stack.processes()] == []
        assert _listeners(stack) == {}


def _launch_at_once(stack: RunningStack, count: int) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []

    def launch() -> None:
        with httpx.Client(base_url=stack.url, timeout=60) as http:
            body = {"scenario": "creative-writing"}
            answers.append(http.post("/v1/sessions", params={"wait": 45}, json=body).json())

    threads = [threading.Thread(target=launch) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def _launched(stack: RunningStack) -> dict[str, Any] | None:
    answer = stack.http.post(
        "/v1/sessions", params={"wait": 30}, json={"scenario": "technical-support"}
    )
    return answer.json() if answer.status_code == 201 else None


def _is_healthy(session: dict[str, Any]) -> bool:
    try:
        return httpx.get(f"{session['url']}_stcore/health").text == "ok"
    except httpx.HTTPError:
        return False


def _say(stack: RunningStack, session: dict[str, Any], words: str) -> None:
    answer = stack.http.post("/v1/chat", json={"session_id": session["id"], "input": words})
    assert answer.status_code == 200, answer.text


def _stop(stack: RunningStack, session: dict[str, Any]) -> None:
    assert stack.http.delete(f"/v1/sessions/{session['id']}").json()["status"] == "stopped"


async def _pool_is_full(stack: RunningStack, *, sessions: int = 0) -> None:
    """As many pages wait as are to, and no page is there besides them and those of sessions."""
    await wait_until(
        lambda: _is_full(stack) and len(_listeners(stack)) == POOL_SIZE + sessions,
        f"the pool is full beside {sessions} sessions",
        timeout_s=FULL_AGAIN_S,
    )


def _is_full(stack: RunningStack) -> bool:
    told = re.search(r"^playground_pool_pages (\S+)$", stack.http.get("/metrics").text, re.M)
    return told is not None and float(told[1]) == POOL_SIZE


def _port(session: dict[str, Any]) -> int:
    return int(session["url"].rstrip("/").rpartition(":")[2])


def _listeners(stack: RunningStack) -> dict[int, int]:
    """The pages that listen now: their process by their port."""
    listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    owners = {int(tuple(c.laddr)[1]): c.pid or 0 for c in listening}
    first = stack.first_page_port
    return {port: pid for port, pid in owners.items() if first <= port <= first + 59}
