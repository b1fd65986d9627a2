"""The stack in containers, as `docker compose up` brings it up, on the real engine."""

import json
import re
from typing import Any

import httpx
import pytest
from fastmcp import Client

from tests.support.compose_stack import ComposeStack
from tests.support.conversations import Said, read_stream
from tests.support.docker_engine import docker
from tests.support.headless import one_run, shown
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("docker")

ASKED_IN_A_PAGE = """
import socket, sys, urllib.request
for url in sys.argv[1:]:
    try:
        print(urllib.request.urlopen(url, timeout=1).status)
    except urllib.error.HTTPError as refusal:
        print(refusal.code)
    except OSError:
        print("unreachable")
"""


def chat(url: str, session_id: str, text: str) -> dict[str, Any]:
    body = {"session_id": session_id, "input": text}
    answer = httpx.post(f"{url}/v1/chat", json=body, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


def turns_of(stack: ComposeStack, replica: int) -> float:
    """How many turns one chat backend has run."""
    script = (
        "from urllib.request import urlopen\n"
        "print(urlopen('http://127.0.0.1:8000/metrics').read().decode())"
    )
    told = stack.exec("chat", "python", "-c", script, replica=replica)
    lines = [line for line in told.splitlines() if line.startswith("playground_turns_total{")]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines)


def test_the_whole_stack_is_ready(compose_stack: ComposeStack):
    answer = compose_stack.http.get("/readiness")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert compose_stack.http.get("/").headers["content-type"].startswith("text/html")
    names = {item["name"] for item in compose_stack.http.get("/v1/scenarios").json()["items"]}
    assert "technical-support" in names


def test_a_turn_is_answered_at_both_addresses(compose_stack: ComposeStack):
    for url in (compose_stack.url, compose_stack.chat_url):
        answer = chat(url, "demo", "[[say=last]]hello")
        assert (answer["text"], answer["model"]) == ("hello", "openai:scripted")
    said = compose_stack.http.get("/v1/sessions/demo/messages").json()["items"]
    assert [m["content"] for m in said][-4:] == ["[[say=last]]hello", "hello"] * 2


def test_tokens_arrive_one_by_one_through_the_edge(compose_stack: ComposeStack):
    body = {"session_id": "stream", "input": "[[tokens=4 stall_after=2]]"}
    with compose_stack.http.stream("POST", "/v1/chat/stream", json=body) as answer:
        lines = answer.iter_lines()
        events = (next(lines) for line in lines if line == "event: token")
        assert next(events) == "data: w0"
    ended = compose_stack.http.post("/v1/sessions/stream/cancel")
    assert ended.status_code == 202


async def test_the_dashboards_comparisons_and_previews_are_answered(compose_stack: ComposeStack):
    http = compose_stack.http
    asked = {"input": "[[say=last]]both", "scenario": ["code-review", "creative-writing"]}
    run = http.post("/compare", data={**asked, "model": ["", ""]}).headers["location"]
    await wait_until(lambda: "All have answered." in http.get(run).text, "both have answered")
    assert len(re.findall(r"<p>both</p>", http.get(run).text)) == 2
    draft = {"name": "draft", "title": "Draft", "system_prompt": "You know tea.", "do": "preview"}
    tried = http.post("/scenarios/-/new", data={**draft, "question": "[[say=system]]"})
    assert re.search(r'<div class="answer prose"[^>]*><p>You know tea.</p>', tried.text)


def test_an_answer_uses_the_gateways_tools(compose_stack: ComposeStack):
    heard: list[Said] = []
    body = {"session_id": "tools", "input": '[[call=vector_search args={"query":"x"}]]'}
    read_stream(f"{compose_stack.url}/v1/chat/stream", heard, json=body)
    assert [one.kind for one in heard[:2]] == ["tool_start", "tool_end"], heard
    assert json.loads(json.loads(heard[1].data)["result"]) == {"items": []}


async def test_the_edge_asks_every_chat_backend(compose_stack: ComposeStack):
    before = [turns_of(compose_stack, replica) for replica in (1, 2)]

    def both_have_answered() -> bool:
        chat(compose_stack.url, "balanced", "hi")
        after = [turns_of(compose_stack, replica) for replica in (1, 2)]
        return all(now > then for now, then in zip(after, before, strict=True))

    await wait_until(both_have_answered, "both replicas have run a turn", timeout_s=30)


def test_redis_answers_nobody_without_its_password(compose_stack: ComposeStack):
    assert "NOAUTH" in compose_stack.exec("redis", "redis-cli", "ping")
    assert compose_stack.describe("redis")["HostConfig"]["PortBindings"] == {}


def test_the_password_stands_in_no_description_of_a_container(compose_stack: ComposeStack):
    password = compose_stack.exec("redis", "cat", "/run/playground/redis_password").strip()
    assert len(password) > 30
    ids = docker("ps", "--quiet", "--filter", f"name={compose_stack.name}").split()
    assert password not in docker("inspect", *ids)
    assert password not in compose_stack.compose("logs")
    assert password not in docker("top", compose_stack.containers("redis")[0])


def test_a_page_is_served_at_its_port_and_at_the_edge(compose_stack: ComposeStack):
    session = compose_stack.launch()
    try:
        assert httpx.get(session["url"]).status_code == 200
        (slot,) = slots_of(compose_stack, session["id"])
        health = compose_stack.http.get(f"/s/{slot}/_stcore/health")
        assert (health.status_code, health.text) == (200, "ok")
    finally:
        compose_stack.http.delete(f"/v1/sessions/{session['id']}")


async def test_an_apps_page_is_opened_through_the_gateway(compose_stack: ComposeStack):
    session = compose_stack.launch("streamlit-app")
    try:
        assert session["url"].startswith(f"{compose_stack.url}/s/slot-")
        page = httpx.get(session["url"])
        assert page.headers["content-security-policy"] == "frame-ancestors 'self'"
        assert shown(await one_run(session["url"]), "heading") == ["Savings Plan"]
    finally:
        compose_stack.http.delete(f"/v1/sessions/{session['id']}")


async def test_an_mcp_server_beside_an_apps_page_is_called_through_the_gateway(
    compose_stack: ComposeStack,
):
    session = compose_stack.launch("beside")
    try:
        address = f"{compose_stack.url}/mcp/sessions/{session['id']}/server"
        async with Client(address, mode="legacy") as client:
            assert [tool.name for tool in await client.list_tools()] == ["where"]
            assert (await client.call_tool("where", {})).content[0].text == "beside the page"  # pyright: ignore
    finally:
        compose_stack.http.delete(f"/v1/sessions/{session['id']}")


def slots_of(stack: ComposeStack, session_id: str) -> list[str]:
    label = ("--filter", f"label=playground.session={session_id}")
    ids = docker("ps", "--quiet", *label, "--filter", f"label=playground.owner={stack.name}")
    return [
        json.loads(docker("inspect", one))[0]["Config"]["Labels"]["playground.slot"]
        for one in ids.split()
    ]


def addresses(stack: ComposeStack) -> list[str]:
    """Where parts of the stack answer within it, and one of the internet."""
    ports = {"redis": 6379, "api": 8080, "edge": 8080, "model": 8080}
    networks = {name: stack.describe(name)["NetworkSettings"]["Networks"] for name in ports}
    ours = (f"{stack.name}-back", f"{stack.name}-models")
    inside = [
        f"{networks[n][o]['IPAddress']}:{p}"
        for n, p in ports.items()
        for o in ours
        if o in networks[n]
    ]
    return [*inside, "1.1.1.1:80"]


def test_a_page_finds_nothing_at_the_edge_but_its_own_api(compose_stack: ComposeStack):
    (page, *_) = compose_stack.pages()
    asked = {
        "http://edge:8500/internal/page": "401",
        "http://edge:8500/healthz": "404",
        "http://edge:8080/": "404",
        "http://edge:8080/v1/scenarios": "404",
        "http://edge:8000/v1/models/status": "404",
        **{f"http://{at}/": "unreachable" for at in addresses(compose_stack)},
    }
    said = docker("exec", page, "python", "-c", ASKED_IN_A_PAGE, *asked)
    assert dict(zip(asked, said.split(), strict=True)) == asked


@pytest.mark.parametrize("host", ["evil.example", "edge", "10.0.0.1"])
def test_another_name_opens_no_door(compose_stack: ComposeStack, host: str):
    for path in ("/", "/v1/models/status"):
        answer = compose_stack.http.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_down_leaves_nothing_but_what_was_said(compose_stack: ComposeStack):
    chat(compose_stack.url, "kept", "[[say=last]]remember me")
    compose_stack.down()
    assert compose_stack.left() == [f"{compose_stack.name}_data"]
    compose_stack.down()  # where nothing runs there is nothing to complain of
    compose_stack.start()
    said = compose_stack.http.get("/v1/sessions/kept/messages").json()["items"]
    assert [m["content"] for m in said][-1] == "remember me"
