"""`/mcp/sessions/{id}/server`: a scenario's own MCP server, reached through the playground."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastmcp import Client, Context
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_http_headers

from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.app_sessions import session_at
from tests.support.gateway import running_web
from tests.support.scripted_model import ScriptedModel
from tests.support.tool_server import RunningTools, running_tools
from tests.support.waiting import wait_until
from tests.support.workers import WorkerThatLaunchesAtOnce

pytestmark = pytest.mark.needs("redis")

SCENARIO = """\
name: {name}
title: {name}
system_prompt: Be brief.
mcp_server: {{url: "{url}", headers: {{X-Key: "${{PLAYGROUND_TOOL_OWN_KEY}}"}}}}
"""
BESIDE = """\
name: beside
title: Beside
kind: app
app: {{script: app.py}}
mcp_server: {{port: {port}}}
"""
HOLDING: set[str] = set()
GO = threading.Event()


async def hold(name: str, ctx: Context) -> str:
    """Say that it has begun, and wait for a word or for the caller to leave."""
    HOLDING.add(name)
    try:
        await ctx.report_progress(1, message="begun")
        while not GO.is_set():
            await asyncio.sleep(0.01)
        return "let go"
    finally:
        HOLDING.discard(name)


async def count(to: int, ctx: Context) -> int:
    """Count, each number as progress."""
    for number in range(to):
        await ctx.report_progress(number + 1, to, message=f"w{number}")
    return to


def told() -> dict[str, str]:
    """The headers of this very call."""
    return get_http_headers(include_all=True)


@pytest.fixture(scope="module")
def own_server() -> Iterator[RunningTools]:
    with running_tools(also=[hold, count, told]) as running:
        yield running


@pytest.fixture(scope="module")
def server_web_url(
    redis_server_url: str,
    model: ScriptedModel,
    own_server: RunningTools,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("own")
    for name, url in (("own", own_server.url), ("dead", "http://127.0.0.1:9/mcp")):
        (folder / f"{name}.yaml").write_text(SCENARIO.format(name=name, url=url))
    (folder / "beside.yaml").write_text(BESIDE.format(port=httpx.URL(own_server.url).port))
    with running_web(redis_server_url, model.url, folder) as url:
        yield url


@pytest.fixture
async def rest(server_web_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server_web_url, timeout=30) as made:
        yield made


@pytest.fixture
async def address(rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce) -> str:
    """The own server of a session."""
    return await launched(rest, "own")


async def launched(rest: httpx.AsyncClient, scenario: str) -> str:
    answer = await rest.post("/v1/sessions?wait=10", json={"scenario": scenario})
    assert answer.status_code == 201, answer.text
    return f"{rest.base_url}/mcp/sessions/{answer.json()['id']}/server"


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_progress_of_calls_side_by_side_comes_whole_and_in_order(address: str, era: Any):
    async with Client(address, mode=era) as client:
        assert {"add", "count"} <= {one.name for one in await client.list_tools()}

        async def counted() -> list[str]:
            heard: list[str] = []

            async def hear(progress: float, total: float | None, message: str | None) -> None:
                heard.append(message or "")

            result = await client.call_tool("count", {"to": 50}, progress_handler=hear)
            assert result.data == 50
            return heard

        for heard in await asyncio.gather(counted(), counted(), counted()):
            assert heard == [f"w{number}" for number in range(50)]
        with pytest.raises(ToolError, match="printer"):
            await client.call_tool("fail", {})


async def test_what_is_said_on_the_way_is_heard_before_the_end(address: str, era: Any):
    GO.clear()
    begun = asyncio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        begun.set()

    async with Client(address, mode=era) as client:
        call = client.call_tool("hold", {"name": era}, progress_handler=hear)
        calling = asyncio.create_task(call)
        await asyncio.wait_for(begun.wait(), 10)
        assert not calling.done()
        GO.set()
        assert (await calling).data == "let go"


async def test_a_client_that_goes_away_is_gone_for_the_server_too(address: str, era: Any):
    GO.clear()
    async with Client(address, mode=era) as client:
        calling = asyncio.create_task(client.call_tool("hold", {"name": f"left-{era}"}))
        await wait_until(lambda: f"left-{era}" in HOLDING, "the call has begun")
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        await wait_until(lambda: f"left-{era}" not in HOLDING, "the server knows it too")


async def test_a_server_beside_the_page_is_found_by_its_port(
    server_web_url: str, redis: Redis, keys: Keys
):
    await session_at(redis, keys, "http://127.0.0.1:1", "ses-beside", scenario="beside")
    async with Client(f"{server_web_url}/mcp/sessions/ses-beside/server") as client:
        assert (await client.call_tool("add", {"a": 1, "b": 2})).data == 3


async def test_the_server_is_told_the_scenario_s_key_and_nothing_of_the_client_s(
    address: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PLAYGROUND_TOOL_OWN_KEY", "open sesame")
    headers = {"Authorization": "Bearer mine", "Cookie": "own=1", "X-Forwarded-For": "10.0.0.1"}
    async with httpx.AsyncClient(headers=headers) as http:
        answer = await http.post(address, json=_call("told"), headers=_MODERN)
    heard = answer.json()["result"]["structuredContent"]
    assert heard["x-key"] == "open sesame"
    assert not {"authorization", "cookie", "origin", "x-forwarded-for"} & heard.keys()


_MODERN = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "told",
}


def _call(tool: str) -> dict[str, Any]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": tool, "arguments": {}, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


@pytest.mark.parametrize(
    ("scenario", "status", "code"),
    [("dead", 502, "tool_failed"), ("helpdesk", 404, "session_not_found")],
)
async def test_a_server_that_is_not_there_is_a_problem(
    rest: httpx.AsyncClient,
    worker: WorkerThatLaunchesAtOnce,
    scenario: str,
    status: int,
    code: str,
):
    answer = await rest.post(await launched(rest, scenario), json=_call("add"))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_who_may_not_come_in_is_refused_before_the_server_hears_of_it(
    rest: httpx.AsyncClient, address: str
):
    foreign = {"Origin": "https://evil.example"}
    assert (await rest.post(address, json={}, headers=foreign)).status_code == 403
    assert (await rest.post(address, json={}, headers={"Host": "evil"})).status_code == 403
    large = await rest.post(address, content=b"x" * (4 * 1024 * 1024 + 1))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    unknown = await rest.post("/mcp/sessions/ses-none/server", json={})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "session_not_found")
    figures = (await rest.get("/metrics")).text
    assert 'playground_mcp_passed_total{outcome="too_large"} 1.0' in figures
