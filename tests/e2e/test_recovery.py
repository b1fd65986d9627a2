"""Killing one process at any moment: once it is restarted, all is whole again within 10 s."""

import os
import signal
import threading
import time
from typing import Any

import httpx
import psutil
import pytest

from tests.support.stack import RunningStack, command_line
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("redis", "streamlit")

WHOLE_AGAIN_S = 40
GONE_S = 10
POOL_SIZE = 2


async def test_the_worker_killed_in_mid_launch_finishes_the_launch(stack: RunningStack) -> None:
    worker = stack.process_of("playground_worker.main")
    session = stack.http.post("/v1/sessions", json={"scenario": "code-review"}).json()
    await wait_until(
        lambda: _session(stack, session)["status"] in ("starting", "ready"), "the launch began"
    )
    for process in [*worker.children(recursive=False), worker]:
        if "playground_worker" in command_line(process):
            os.kill(process.pid, signal.SIGKILL)
    found = await wait_until(
        lambda: (s := _session(stack, session))["status"] == "ready" and s,
        "the session is ready",
        timeout_s=WHOLE_AGAIN_S,
    )
    assert httpx.get(f"{found['url']}_stcore/health").text == "ok"
    _stop(stack, session)


async def test_the_web_process_killed_in_mid_turn_keeps_what_was_said(stack: RunningStack) -> None:
    session = stack.launch()
    body = {"session_id": session["id"], "input": "Count [[tokens=200 pace_ms=30]]"}
    heard: list[str] = []
    reader = threading.Thread(target=_listen, args=(stack, body, heard))
    reader.start()
    await wait_until(lambda: len(heard) > 5, "some tokens have come")
    web = stack.process_of("playground_cli.stack.web")
    os.kill(web.pid, signal.SIGKILL)
    reader.join(10)

    messages = await wait_until(
        lambda: (m := _messages(stack, session)) and m[-1]["role"] == "assistant" and m,
        "the turn is closed",
        timeout_s=WHOLE_AGAIN_S,
    )
    answer = messages[-1]
    assert answer["status"] == "interrupted"
    assert answer["content"].startswith("".join(heard)[:20])
    assert len("".join(heard)) - len(answer["content"]) < 20

    again = stack.http.post("/v1/chat", json={"session_id": session["id"], "input": "Go on"})
    assert again.status_code == 200, again.text
    assert httpx.get(f"{session['url']}_stcore/health").text == "ok"
    _stop(stack, session)


async def test_a_killed_page_comes_back_at_its_address(stack: RunningStack) -> None:
    session = stack.launch()
    port = int(session["url"].rstrip("/").rpartition(":")[2])
    page = _listener(stack, port)
    os.kill(page.pid, signal.SIGKILL)
    await wait_until(
        lambda: _listens_anew(stack, port, page.pid), "a new page listens", timeout_s=WHOLE_AGAIN_S
    )
    found = await wait_until(
        lambda: (s := _session(stack, session))["status"] == "ready" and s, "it is ready again"
    )
    assert found["url"] == session["url"]
    _stop(stack, session)


async def test_redis_gone_for_ten_seconds_loses_nothing(stack: RunningStack) -> None:
    session = stack.launch()
    body = {"session_id": session["id"], "input": "Count [[tokens=120 pace_ms=40]]"}
    heard: list[str] = []
    reader = threading.Thread(target=_listen, args=(stack, body, heard))
    reader.start()
    await wait_until(lambda: len(heard) > 3, "some tokens have come")
    redis = stack.recorded("redis")
    redis.suspend()
    gone = time.monotonic()
    try:
        refused = stack.http.get("/v1/sessions")
        assert refused.status_code == 503, refused.text
        assert refused.json()["code"] == "internal"
        assert stack.http.get("/readiness").status_code == 503
        await wait_until(
            lambda: time.monotonic() - gone > GONE_S, "it was gone long enough", timeout_s=15
        )
    finally:
        redis.resume()
    os.kill(redis.pid, signal.SIGKILL)  # the supervisor starts it again, with its append-only file
    messages = await wait_until(
        lambda: (m := _messages(stack, session)) and m[-1]["role"] == "assistant" and m,
        "the turn has ended",
        timeout_s=30,
    )
    assert messages[-1]["content"] == " ".join(f"w{i}" for i in range(120))
    reader.join(20)
    _stop(stack, session)


async def test_thirty_launches_at_once_end_ready_or_say_why(stack: RunningStack) -> None:
    answers: list[dict[str, Any]] = []

    def launch() -> None:
        with httpx.Client(base_url=stack.url, timeout=90) as http:
            body = {"scenario": "creative-writing"}
            answers.append(http.post("/v1/sessions", params={"wait": 60}, json=body).json())

    threads = [threading.Thread(target=launch) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert len(answers) == 30
    urls = [a["url"] for a in answers if a.get("status") == "ready"]
    assert len(urls) + sum("code" in a for a in answers) == 30
    assert len(urls) == 30, [a for a in answers if "code" in a]
    assert len(set(urls)) == len(urls)
    for answer in answers:
        _stop(stack, answer)
    first = stack.first_page_port
    await wait_until(
        lambda: sum(_listens(c, first) for c in psutil.net_connections("tcp")) == POOL_SIZE,
        "no page is left but those that wait",
    )
    assert not [p for p in stack.processes() if p.status() == psutil.STATUS_ZOMBIE]


def _session(stack: RunningStack, session: dict[str, Any]) -> dict[str, Any]:
    return stack.http.get(f"/v1/sessions/{session['id']}").json()


def _messages(stack: RunningStack, session: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        answer = stack.http.get(f"/v1/sessions/{session['id']}/messages")
    except httpx.HTTPError:
        return []
    return answer.json()["items"] if answer.is_success else []


def _stop(stack: RunningStack, session: dict[str, Any]) -> None:
    answer = stack.http.delete(f"/v1/sessions/{session['id']}")
    assert answer.status_code in (200, 202), answer.text
    assert answer.json()["status"] == "stopped"


def _listen(stack: RunningStack, body: dict[str, Any], heard: list[str]) -> None:
    """Collect the tokens of a stream until it ends or breaks."""
    kind = ""
    try:
        with (
            httpx.Client(base_url=stack.url, timeout=30) as http,
            http.stream("POST", "/v1/chat/stream", json=body) as answer,
        ):
            for line in answer.iter_lines():
                if line.startswith("event:"):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: ") and kind == "token":
                    heard.append(line.removeprefix("data: "))
    except httpx.HTTPError:
        return


def _listener(stack: RunningStack, port: int) -> psutil.Process:
    owners = [c.pid for c in psutil.net_connections("tcp") if _listens(c, port, port)]
    pages = [p for p in stack.processes() if p.pid in owners]
    return max(pages, key=lambda p: p.create_time())


def _listens_anew(stack: RunningStack, port: int, old: int) -> bool:
    owners = {c.pid for c in psutil.net_connections("tcp") if _listens(c, port, port)}
    return bool(owners) and old not in owners


def _listens(connection: Any, first: int, last: int | None = None) -> bool:
    inside = first <= connection.laddr.port <= (last or first + 59)
    return connection.status == psutil.CONN_LISTEN and inside
