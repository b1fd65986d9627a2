"""Every tool over real MCP, in both eras of the protocol."""

import json
from typing import Any

import httpx
import pytest
from fastmcp import Client
from fastmcp.exceptions import ToolError
from mcp_types import Tool

from tests.support.gateway import CONTROL_OF_ONE
from tests.support.workers import WorkerThatLaunchesAtOnce

pytestmark = pytest.mark.needs("redis")

CONTROL = {*CONTROL_OF_ONE, "list_scenarios", "launch_session", "list_sessions", "compare"}
OTHERS = {"vector_search", "doc_get", "list_dir", "read_text", "predict"}


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """The structured result of a call."""
    result = await client.call_tool(tool, arguments)
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The code and detail with which a call is refused."""
    with pytest.raises(ToolError) as error:
        await client.call_tool(tool, arguments)
    return json.loads(str(error.value))


async def test_each_era_is_spoken_at_the_one_address(client: Client):
    negotiated = client.session.protocol_version
    assert negotiated in ("2026-07-28", "2025-11-25")


async def test_every_tool_says_what_it_takes_gives_and_does(client: Client):
    tools = {tool.name: tool for tool in await client.list_tools()}
    assert tools.keys() >= CONTROL | OTHERS
    for name in CONTROL | OTHERS:
        tool = tools[name]
        assert tool.description, name
        assert tool.output_schema, name
        assert tool.annotations is not None, name
        assert tool.annotations.read_only_hint is not None, name
    assert {name for name in tools if is_control(tools[name])} >= CONTROL
    assert not any(is_control(tools[name]) for name in OTHERS)


PROMISED = {
    "launch_session": "scenario title? inputs? context? wait_s?",
    "send_message": "session_id message",
    "compare": "message targets",
    "vector_search": "query session_id? k?",
    "doc_get": "doc_id",
    "list_dir": "path? pattern?",
    "read_text": "path max_bytes?",
    "predict": "features model_id? prediction_horizon? include_context? context_id? level?",
    "app_view": "session_id since_rev?",
    "app_act": "session_id set? click? page? query? wait_s?",
    "app_chat": "session_id text",
    "app_upload": "session_id key name content",
    "app_data": "session_id ref offset? limit?",
    "app_wait": "session_id since_rev timeout_s?",
    "app_stop": "session_id",
}
"""What the contract has tools take; a mark says what may be left out."""


async def test_tools_take_what_the_contract_promises(client: Client):
    tools = {tool.name: tool.input_schema for tool in await client.list_tools()}
    for name, taken in PROMISED.items():
        there, required = set(tools[name]["properties"]), set(tools[name].get("required", ()))
        assert {one.rstrip("?") for one in taken.split()} <= there, name
        assert {one for one in taken.split() if not one.endswith("?")} == required, name


def is_control(tool: Tool) -> bool:
    return ((tool.meta or {}).get("playground") or {}).get("use") == "control"


async def test_scenarios_are_listed_without_their_prompts(client: Client):
    listed = await call(client, "list_scenarios")
    assert {one["name"] for one in listed["items"]} == {"dice", "helpdesk"}
    assert "system_prompt" not in json.dumps(listed)


async def test_a_session_from_its_launch_to_its_end(
    client: Client, worker: WorkerThatLaunchesAtOnce
):
    inputs = {"device": "laptop", "notes": ""}
    session = await call(
        client, "launch_session", scenario="helpdesk", inputs=inputs, context={"a": 1}
    )
    assert (session["status"], session["url"]) == ("ready", worker.page)
    name = session["id"]
    assert await call(client, "get_session", session_id=name) == session
    listed = await call(client, "list_sessions", scenario="helpdesk")
    assert [one["id"] for one in listed["items"]] == [name]
    merged = await call(client, "set_context", session_id=name, context={"b": 2, "a": None})
    assert merged["context"] == {"b": 2}
    await call(client, "set_context", session_id=name, context={"c": 3}, mode="replace")
    said = await call(client, "send_message", session_id=name, message="[[say=system]]")
    assert "laptop" in said["text"]
    assert '"c": 3' in said["text"]
    fork = await call(client, "fork_session", session_id=name)
    copied = await call(client, "get_messages", session_id=fork["id"])
    assert [m["role"] for m in copied["items"]] == ["user", "assistant"]
    assert (await call(client, "resume_session", session_id=name))["status"] == "ready"
    for one in (name, fork["id"]):
        assert (await call(client, "stop_session", session_id=one))["status"] == "stopped"
    told = await refused(client, "send_message", session_id=name, message="still there?")
    assert told["code"] == "session_ended"


async def test_a_reply_comes_piece_by_piece_and_whole(client: Client):
    pieces: list[str] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        assert progress == len(pieces) + 1
        pieces.append(message or "")

    result = await client.call_tool(
        "send_message",
        {"session_id": "plain", "message": "[[tokens=50 pace_ms=2]]"},
        progress_handler=heard,
    )
    reply = result.structured_content
    assert reply is not None
    assert "".join(pieces) == reply["text"] == " ".join(f"w{n}" for n in range(50))
    said = (await call(client, "get_messages", session_id="plain"))["items"]
    assert [m["id"] for m in said if m["role"] == "assistant"] == [reply["message_id"]]
    assert reply["usage"]["output_tokens"] == 50


async def test_questions_are_compared_side_by_side(client: Client):
    targets = [
        {"session_id": "left"},
        {"scenario": "helpdesk"},
        {"scenario": "missing"},
    ]
    compared = await call(client, "compare", message="[[tokens=3]]", targets=targets)
    answers = compared["answers"]
    assert [answer["text"] for answer in answers] == ["w0 w1 w2", "w0 w1 w2", ""]
    assert answers[2]["error"]["code"] == "scenario_not_found"
    assert answers[0]["session_id"] == "left"
    said = (await call(client, "get_messages", session_id="left"))["items"]
    assert said[-2]["door"] == "mcp"


async def test_no_more_is_compared_than_is_allowed(client: Client):
    targets = [{"session_id": f"c{number}"} for number in range(7)]
    told = await refused(client, "compare", message="x", targets=targets)
    assert told["code"] == "invalid_request"


async def test_shared_files_are_listed_and_read(client: Client):
    listed = await call(client, "list_dir")
    assert [entry["name"] for entry in listed["entries"]] == ["readme.md"]
    assert (await call(client, "read_text", path="readme.md"))["text"] == "Read me."
    for path in ("../x", "/etc/passwd"):
        assert (await refused(client, "read_text", path=path))["code"] == "invalid_request"


async def test_documents_are_searched_through_their_door(client: Client):
    found = await call(client, "vector_search", query="anything", session_id="nobody")
    assert found == {"items": []}
    told = await refused(client, "doc_get", doc_id="doc-unknown")
    assert told["code"].endswith("not_found") or told["code"] == "invalid_request"


async def test_an_uploaded_document_is_found_by_its_words_and_read(client: Client, web_url: str):
    text = b"# Lamps\n\nA blinking amber lamp says that the router looks for its line."
    async with httpx.AsyncClient(base_url=web_url) as http:
        path = "/v1/sessions/reader/documents"
        sent = await http.post(path, files={"file": ("lamps.md", text)}, params={"wait": 20})
    assert sent.status_code == 201, sent.text
    for given in ({"session_id": "reader"}, {}):
        found = await call(client, "vector_search", query="amber lamp of the router", **given)
        assert "blinking amber" in found["items"][0]["text"]
    document = await call(client, "doc_get", doc_id=found["items"][0]["doc_id"])
    assert (document["name"], "blinking amber" in document["text"]) == ("lamps.md", True)
    (content,) = await client.read_resource(f"doc://{document['id']}")
    assert json.loads(content.text) == document  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("get_session", {"session_id": "ses-unknown"}, "session_not_found"),
        ("get_session", {"session_id": "../scenarios"}, "invalid_request"),
        ("get_session", {"session_id": ".."}, "invalid_request"),
        ("get_session", {}, "invalid_request"),
        ("get_session", {"session_id": 5}, "invalid_request"),
        ("get_messages", {"session_id": "ses-unknown"}, "session_not_found"),
        ("send_message", {"session_id": "a b", "message": "x"}, "invalid_request"),
        ("send_message", {"session_id": "a", "message": " "}, "invalid_request"),
        ("send_message", {"session_id": "a", "message": "\0"}, "invalid_request"),
        ("launch_session", {"scenario": "nothing"}, "scenario_not_found"),
        ("launch_session", {"scenario": "helpdesk", "inputs": {"x": 1}}, "invalid_request"),
        ("launch_session", {"scenario": "helpdesk", "wait_s": 61}, "invalid_request"),
        ("stop_session", {"session_id": "ses-unknown"}, "session_not_found"),
        ("fork_session", {"session_id": "ses-unknown"}, "session_not_found"),
        ("no_such_tool", {}, "invalid_request"),
    ],
)
async def test_bad_arguments_get_a_code_and_a_detail(
    client: Client, tool: str, arguments: dict[str, Any], code: str
):
    told = await refused(client, tool, **arguments)
    assert told["code"] == code
    assert told["detail"]


async def test_a_model_that_fails_is_told_with_its_code(client: Client):
    told = await refused(client, "send_message", session_id="sad", message="[[status=401]]")
    assert told["code"] == "model_unavailable"
