"""Resources, prompts and completions over real MCP, in both eras of the protocol."""

import json
from typing import Any

import pytest
from fastmcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ResourceTemplateReference

from tests.support.workers import WorkerThatLaunchesAtOnce

pytestmark = pytest.mark.needs("redis")


async def read(client: Client, uri: str) -> Any:
    """The JSON at *uri*."""
    (content,) = await client.read_resource(uri)
    assert content.mime_type == "application/json"
    return json.loads(content.text)  # pyright: ignore[reportAttributeAccessIssue]


async def test_the_list_names_scenarios_and_sessions(
    client: Client, worker: WorkerThatLaunchesAtOnce
):
    launched = await client.call_tool("launch_session", {"scenario": "helpdesk"})
    name = (launched.structured_content or {})["id"]
    listed = {str(one.uri) for one in await client.list_resources()}
    assert listed >= {"scenario://helpdesk", f"session://{name}", f"session://{name}/messages"}
    templates = {one.uri_template for one in await client.list_resource_templates()}
    assert templates == {
        "scenario://{name}",
        "session://{id}",
        "session://{id}/messages",
        "app://{id}/page",
        "doc://{id}",
    }
    assert (await read(client, f"session://{name}"))["id"] == name


async def test_a_scenario_is_read_without_its_prompt(client: Client):
    scenario = await read(client, "scenario://helpdesk")
    assert scenario["name"] == "helpdesk"
    assert "system_prompt" not in scenario


async def test_a_conversation_is_read_as_a_resource(client: Client):
    await client.call_tool("send_message", {"session_id": "read-me", "message": "[[tokens=2]]"})
    said = await read(client, "session://read-me/messages")
    assert [one["content"] for one in said["items"]] == ["[[tokens=2]]", "w0 w1"]


@pytest.mark.parametrize(
    "uri",
    [
        "scenario://nothing",
        "scenario://a%2fb",
        "session://ses-unknown",
        "session://..%2fscenarios",
        "doc://doc-unknown",
        "nothing://at-all",
    ],
)
async def test_what_is_not_there_is_told_as_a_protocol_error(client: Client, uri: str):
    with pytest.raises(MCPError) as error:
        await client.read_resource(uri)
    assert error.value.code in (-32602, -32002)
    assert "Traceback" not in str(error.value)


async def test_each_chat_scenario_is_a_prompt_with_its_inputs_as_arguments(client: Client):
    (prompt,) = await client.list_prompts()
    assert prompt.name == "helpdesk"
    assert {one.name for one in prompt.arguments or []} == {"device", "notes"}
    got = await client.get_prompt("helpdesk", {"device": "laptop"})
    assert "laptop" in got.messages[0].content.text  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("arguments", [{"device": "toaster"}, {"unknown": "x"}])
async def test_an_argument_that_does_not_fit_is_refused_with_its_name(
    client: Client, arguments: dict[str, str]
):
    with pytest.raises(MCPError) as error:
        await client.get_prompt("helpdesk", arguments)
    assert error.value.error.data["code"] == "invalid_request"
    assert error.value.error.data["errors"][0]["field"] == f"inputs.{next(iter(arguments))}"


async def test_names_of_scenarios_and_sessions_are_completed(
    client: Client, worker: WorkerThatLaunchesAtOnce
):
    launched = await client.call_tool("launch_session", {"scenario": "helpdesk"})
    name = (launched.structured_content or {})["id"]
    scenario = ResourceTemplateReference(uri="scenario://{name}")
    found = await client.complete(scenario, {"name": "name", "value": "help"})
    assert found.values == ["helpdesk"]
    session = ResourceTemplateReference(uri="session://{id}/messages")
    assert name in (await client.complete(session, {"name": "id", "value": "ses-"})).values
    prompt = PromptReference(name="helpdesk")
    assert (await client.complete(prompt, {"name": "device", "value": "l"})).values == ["laptop"]
