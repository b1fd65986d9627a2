"""`/mcp/sessions/{id}`: a client that is given one session sees that session and nothing else."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastmcp import Client
from fastmcp.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ResourceTemplateReference

from tests.support.gateway import CONTROL_OF_ONE
from tests.support.workers import WorkerThatLaunchesAtOnce

ABOUT_A_SESSION = {*CONTROL_OF_ONE, "vector_search", "doc_get", "app_view", "app_data"}


@pytest.fixture
async def rest(web_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=web_url, timeout=30) as made:
        yield made


async def _launched(rest: httpx.AsyncClient) -> dict[str, Any]:
    answer = await rest.post("/v1/sessions?wait=10", json={"scenario": "helpdesk"})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> Any:
    return request.param


@asynccontextmanager
async def _client(rest: httpx.AsyncClient, session_id: str, era: Any) -> AsyncIterator[Client]:
    async with Client(f"{rest.base_url}/mcp/sessions/{session_id}", mode=era) as made:
        yield made


def _into(pieces: list[str]) -> Any:
    async def heard(progress: float, total: float | None, message: str | None) -> None:
        pieces.append(message or "")

    return heard


async def test_its_tools_do_not_ask_which_session(
    rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, era: str
) -> None:
    session = await _launched(rest)
    async with _client(rest, session["id"], era) as client:
        tools = {tool.name: tool for tool in await client.list_tools()}
    assert tools.keys() >= ABOUT_A_SESSION
    assert not tools.keys() & {"list_sessions", "launch_session", "compare", "read_text"}
    assert all("session_id" not in one.input_schema["properties"] for one in tools.values())
    assert tools["get_messages"].output_schema is not None


async def test_two_of_them_are_talked_to_side_by_side(
    rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, era: str
) -> None:
    first, second = await _launched(rest), await _launched(rest)
    async with _client(rest, first["id"], era) as one, _client(rest, second["id"], era) as two:
        for client, words in ((one, "alpha"), (two, "beta"), (one, "gamma")):
            pieces: list[str] = []

            asked = {"message": f"[[say=last]]{words}"}
            reply = await client.call_tool("send_message", asked, progress_handler=_into(pieces))
            assert reply.structured_content is not None
            assert reply.structured_content["text"] == words == "".join(pieces)
        said = (await one.call_tool("get_messages", {})).structured_content
        assert (await two.call_tool("get_session", {})).data.id == second["id"]
    assert said is not None
    assert [m["content"] for m in said["items"] if m["role"] == "assistant"] == ["alpha", "gamma"]


async def test_nothing_of_another_session_is_read(
    rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, era: str
) -> None:
    own, other = (await _launched(rest))["id"], (await _launched(rest))["id"]
    async with _client(rest, own, era) as client:
        listed = {str(one.uri) for one in await client.list_resources()}
        of_session = {f"session://{own}", f"session://{own}/messages", f"app://{own}/page"}
        assert listed == {*of_session, "scenario://helpdesk"}
        assert own in (await client.read_resource(f"session://{own}"))[0].text  # pyright: ignore
        assert [one.name for one in await client.list_prompts()] == ["helpdesk"]
        asked = {"name": "device", "value": "l"}
        found = await client.complete(PromptReference(name="helpdesk"), asked)
        assert found.values == ["laptop"]
        with pytest.raises(MCPError):
            await client.read_resource(f"session://{other}/messages")
        with pytest.raises(ToolError) as error:
            await client.call_tool("get_session", {"session_id": other})
        assert json.loads(str(error.value))["errors"][0]["field"] == "session_id"


async def test_its_documents_are_found_and_read_and_no_others(
    rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, era: str
) -> None:
    own, other = (await _launched(rest))["id"], (await _launched(rest))["id"]
    theirs = f"doc://{await _uploaded(rest, other)}"
    document = await _uploaded(rest, own)
    async with _client(rest, own, era) as client:
        assert [one.uri_template for one in await client.list_resource_templates()] == [
            "doc://{id}"
        ]
        listed = {str(one.uri): one.title for one in await client.list_resources()}
        assert listed[f"doc://{document}"] == "Document: note.txt"
        assert theirs not in listed
        by_id, asked = ResourceTemplateReference(uri="doc://{id}"), {"name": "id", "value": "d"}
        assert (await client.complete(by_id, asked)).values == [document]
        found = (await client.call_tool("vector_search", {"query": "pelican"})).structured_content
        assert [one["doc_id"] for one in (found or {})["items"]] == [document]
        read = (await client.call_tool("doc_get", {"doc_id": document})).structured_content
        assert "pelican" in (read or {})["text"]
        assert "pelican" in (await client.read_resource(f"doc://{document}"))[0].text  # pyright: ignore
        with pytest.raises(MCPError):
            await client.read_resource(theirs)
        with pytest.raises(ToolError) as error:
            await client.call_tool("doc_get", {"doc_id": theirs.removeprefix("doc://")})
        assert json.loads(str(error.value))["code"] == "invalid_request"


async def _uploaded(rest: httpx.AsyncClient, session_id: str) -> str:
    files = {"file": ("note.txt", "The pelican is blue.")}
    answer = await rest.post(f"/v1/sessions/{session_id}/documents", files=files)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.mark.parametrize("name", ["ses_none", "demo", "%00", "a" * 300])
async def test_what_is_no_session_has_no_address(rest: httpx.AsyncClient, name: str) -> None:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    answer = await rest.post(f"/mcp/sessions/{name}", json=asked)
    assert answer.status_code == 404
    assert answer.json()["code"] == "session_not_found"
