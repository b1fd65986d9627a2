"""What MCP clients may call is bounded, and every call is logged without what it says."""

import asyncio
import json
import logging
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from fastmcp import Client
from fastmcp.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import Implementation, ResourceTemplateReference

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.jobs import STOP
from tests.support.gateway import running_web
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until
from tests.support.workers import WorkerThatLaunchesAtOnce, WorkerThatNeverLaunches

pytestmark = pytest.mark.needs("redis")

PER_MINUTE, AT_ONCE = 8, 4


@pytest.fixture(scope="module")
def replicas(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Two, with the same low limits."""
    folder = tmp_path_factory.mktemp("scenarios")
    limits: dict[str, Any] = {
        "mcp_launches_per_minute": PER_MINUTE,
        "mcp_sessions_per_client": AT_ONCE,
    }
    with (
        running_web(redis_server_url, model.url, folder, **limits) as one,
        running_web(redis_server_url, model.url, folder, **limits) as other,
    ):
        yield one, other


@pytest.fixture(scope="module")
def strict_url(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Read-only, and for one scenario."""
    folder = tmp_path_factory.mktemp("strict")
    rules: dict[str, Any] = {"mcp_read_only": True, "mcp_scenarios": "dice, weather"}
    with running_web(redis_server_url, model.url, folder, **rules) as url:
        yield url


def client_at(url: str, name: str, mode: Any = "auto") -> Client:
    """A client that calls itself *name*."""
    return Client(f"{url}/mcp", mode=mode, client_info=Implementation(name=name, version="1"))


async def tried(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured result of a call, or the code and detail of its refusal."""
    try:
        return (await client.call_tool(tool, arguments)).structured_content or {}
    except ToolError as error:
        return json.loads(str(error))


async def test_a_loop_that_launches_a_hundred_sessions_is_stopped_at_the_limit(
    replicas: tuple[str, str], worker: WorkerThatLaunchesAtOnce, redis: Redis, keys: Keys
):
    async with client_at(replicas[0], "loop") as one, client_at(replicas[1], "loop") as other:

        async def loop(client: Client) -> list[dict[str, Any]]:
            launch = partial(tried, client, "launch_session", scenario="helpdesk", wait_s=0)
            return [await launch() for _ in range(25)]

        loops = await asyncio.gather(*(loop(client) for client in (one, other, one, other)))
        answers = [answer for answers in loops for answer in answers]
        refused = [answer for answer in answers if "code" in answer]
        assert len(answers) - len(refused) == AT_ONCE
        assert await redis.scard(keys.live_sessions()) == AT_ONCE  # pyright: ignore
        assert {answer["code"] for answer in refused} == {"rate_limited"}
        assert "stop_session" in refused[0]["detail"]
        async with client_at(replicas[0], "another", "legacy") as another:
            launched = await tried(another, "launch_session", scenario="helpdesk")
            assert "id" in launched, launched


async def test_sessions_that_end_make_room_until_the_minute_s_launches_are_used_up(
    replicas: tuple[str, str], worker: WorkerThatLaunchesAtOnce
):
    async with client_at(replicas[0], "tidy", "legacy") as client:
        for _ in range(PER_MINUTE):
            launched = await tried(client, "launch_session", scenario="helpdesk")
            assert "id" in launched, launched
            await tried(client, "stop_session", session_id=launched["id"])
            await wait_until(lambda c=client, i=launched["id"]: has_stopped(c, i), "it has stopped")
        refused = await tried(client, "launch_session", scenario="helpdesk")
        assert refused["code"] == "rate_limited"
        assert "try again in" in refused["detail"]
        assert (await tried(client, "list_sessions"))["items"]


async def has_stopped(client: Client, session_id: str) -> bool:
    """Whether the session has."""
    return (await tried(client, "get_session", session_id=session_id))["status"] == "stopped"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_who_may_only_read_is_shown_and_allowed_only_that(
    strict_url: str, redis_url: str, mode: str
):
    async with client_at(strict_url, "reader", mode) as client:
        tools = {one.name for one in await client.list_tools()}
        assert {"list_sessions", "get_messages", "app_view"} <= tools
        assert not tools & {"launch_session", "send_message", "app_act", "stop_session"}
        assert (await tried(client, "no_tool"))["code"] == "invalid_request"


async def test_every_tool_that_changes_something_is_refused_to_who_may_only_read(
    strict_url: str, replicas: tuple[str, str], worker: WorkerThatLaunchesAtOnce
):
    name = await launched_over_rest(replicas[0], "dice")
    for at in ("/mcp", f"/mcp/sessions/{name}"):
        async with Client(f"{replicas[0]}{at}") as anyone, Client(f"{strict_url}{at}") as reader:
            for tool in await anyone.list_tools():
                assert tool.annotations is not None
                if not tool.annotations.read_only_hint:
                    assert (await tried(reader, tool.name))["code"] == "forbidden", tool.name


async def test_scenarios_that_are_not_for_clients_are_neither_shown_nor_used(
    strict_url: str, replicas: tuple[str, str], worker: WorkerThatLaunchesAtOnce
):
    name = await launched_over_rest(replicas[0], "helpdesk")
    async with client_at(strict_url, "reader") as client:
        listed = await tried(client, "list_scenarios")
        assert [one["name"] for one in listed["items"]] == ["dice"]
        assert await client.list_prompts() == []
        assert (await tried(client, "get_session", session_id=name))["code"] == "forbidden"
        written_otherwise = (f"session://{name}?x", f"session://%73{name.removeprefix('s')}")
        for uri in (
            "scenario://helpdesk",
            f"session://{name}/messages",
            f"app://{name}/page",
            *written_otherwise,
        ):
            with pytest.raises(MCPError) as error:
                await client.read_resource(uri)
            assert error.value.error.data["code"] == "forbidden"
        with pytest.raises(MCPError):
            await client.get_prompt("helpdesk", {})
        assert await client.read_resource("scenario://dice")
    async with httpx.AsyncClient() as asking:
        answer = await asking.post(f"{strict_url}/mcp/sessions/{name}", json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_sessions_of_other_scenarios_are_in_no_list_and_not_heard_of(
    strict_url: str, replicas: tuple[str, str], worker: WorkerThatLaunchesAtOnce, mode: str
):
    other, shown = [await launched_over_rest(replicas[0], one) for one in ("helpdesk", "dice")]
    async with client_at(strict_url, "reader", mode) as client:
        assert (await tried(client, "list_sessions", limit=1))["items"][0]["id"] == shown
        listed = {one["id"] for one in (await tried(client, "list_sessions"))["items"]}
        assert shown in listed
        assert other not in listed
        uris = {str(one.uri) for one in await client.list_resources()}
        assert {"scenario://dice", f"session://{shown}", f"session://{shown}/messages"} <= uris
        assert not {"scenario://helpdesk", f"session://{other}"} & uris
        for template, begun, names in (
            ("session://{id}", "", {shown}),
            ("app://{id}/page", other, set[str]()),
            ("scenario://{name}", "", {"dice"}),
        ):
            reference = ResourceTemplateReference(type="ref/resource", uri=template)
            key = template.partition("{")[2].partition("}")[0]
            found = await client.complete(reference, {"name": key, "value": begun})
            assert names <= set(found.values)
            assert not {other, "helpdesk"} & set(found.values)
        if mode == "legacy":
            with pytest.raises(MCPError) as error:
                await client.session.subscribe_resource(f"session://{other}/messages")
            assert error.value.error.data["code"] == "forbidden"


async def test_documents_of_other_scenarios_are_neither_found_nor_read(
    strict_url: str, replicas: tuple[str, str], worker: WorkerThatLaunchesAtOnce
):
    names = [await launched_over_rest(replicas[0], one) for one in ("helpdesk", "dice")]
    other, shown = [await uploaded(replicas[0], name, "The pelican is blue.") for name in names]
    async with client_at(strict_url, "reader") as client:
        found = (await tried(client, "vector_search", query="pelican", k=1))["items"]
        assert [one["doc_id"] for one in found] == [shown]
        assert "pelican" in (await tried(client, "doc_get", doc_id=shown))["text"]
        assert (await tried(client, "doc_get", doc_id=other))["code"] == "forbidden"
        with pytest.raises(MCPError) as error:
            await client.read_resource(f"doc://{other}")
        assert error.value.error.data["code"] == "forbidden"


async def launched_over_rest(url: str, scenario: str, *, wait_s: int = 10) -> str:
    """The id of a new session."""
    async with httpx.AsyncClient(base_url=url) as rest:
        answer = await rest.post(f"/v1/sessions?wait={wait_s}", json={"scenario": scenario})
        return answer.json()["id"]


async def uploaded(url: str, session_id: str, text: str) -> str:
    """The id of a new document of the session."""
    async with httpx.AsyncClient(base_url=url) as rest:
        files = {"file": ("note.txt", text)}
        answer = await rest.post(f"/v1/sessions/{session_id}/documents", files=files)
        return answer.json()["id"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("tool", ["launch_session", "fork_session"])
async def test_a_launch_that_is_cancelled_leaves_no_session(
    replicas: tuple[str, str], redis_url: str, keys: Keys, mode: str, tool: str
):
    first = await launched_over_rest(replicas[0], "helpdesk", wait_s=0)
    of = {"session_id": first} if tool == "fork_session" else {"scenario": "helpdesk"}
    async with (
        WorkerThatNeverLaunches(redis_url, keys) as worker,
        client_at(replicas[0], "hasty", mode) as client,
    ):
        launching = asyncio.create_task(client.call_tool(tool, {**of, "wait_s": 60}))
        await wait_until(lambda: len(worker.jobs) == 2, "the launch has come to the worker")
        launching.cancel()
        made = worker.jobs[1][1]
        await wait_until(lambda: (STOP, made) in worker.jobs, "nobody waits for it any more")
        await wait_until(lambda: has_stopped(client, made), "the session has stopped")
        assert (STOP, first) not in worker.jobs


async def test_a_call_is_logged_with_its_session_and_outcome_and_not_with_what_it_says(
    replicas: tuple[str, str], worker: WorkerThatLaunchesAtOnce, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "playground_gateway.calls")
    async with client_at(replicas[0], "talker") as client:
        await tried(client, "send_message", session_id="talk", message="[[tokens=1]] secret")
        launched = await tried(client, "launch_session", scenario="helpdesk")
        targets = [{"session_id": "left"}, {"scenario": "helpdesk"}, {"session_id": "right"}]
        await tried(client, "compare", message="[[tokens=1]]", targets=targets)
    sessions = [one.partition(", session ")[2].partition(", client")[0] for one in caplog.messages]
    assert sessions == ["'talk'", repr(launched["id"]), "'left, right'"]
    (line,) = [one for one in caplog.messages if one.startswith("tool send_message")]
    assert "'talk'" in line
    assert "'talker'" in line
    assert ": ok after" in line
    assert "secret" not in line
