"""Tools that speak with their client before they answer: logs, questions, streams that are cut."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastmcp import Context, FastMCP
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    SamplingMessage,
    TextContent,
    ToolListChangedNotification,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from tests.support.conformance.words import in_words

_ANSWER = {"response": {"type": "string", "description": "User's response"}}
_DEFAULTS = {
    "name": {"type": "string", "description": "User name", "default": "John Doe"},
    "age": {"type": "integer", "description": "User age", "default": 30},
    "score": {"type": "number", "description": "User score", "default": 95.5},
    "status": {
        "type": "string",
        "description": "User status",
        "enum": ["active", "inactive", "pending"],
        "default": "active",
    },
    "verified": {"type": "boolean", "description": "Verification status", "default": True},
}
_ENUMS = {
    "untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
    "titledSingle": {
        "type": "string",
        "oneOf": [{"const": f"value{n}", "title": f"Option {n}"} for n in (1, 2, 3)],
    },
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {
        "type": "array",
        "items": {"type": "string", "enum": ["option1", "option2", "option3"]},
    },
    "titledMulti": {
        "type": "array",
        "items": {"anyOf": [{"const": f"value{n}", "title": f"Choice {n}"} for n in (1, 2, 3)]},
    },
}


def asking(scenarios: Path) -> FastMCP:
    """A server of these tools. One has a scenario come: it is the product that tells of it."""

    def test_trigger_prompt_change() -> str:
        name = f"conformance-{uuid4().hex[:8]}"
        written = f"name: {name}\ntitle: Conformance\nkind: chat\nsystem_prompt: Be brief.\n"
        (scenarios / f"{name}.yaml").write_text(written)
        return "prompt list changed"

    server: FastMCP = FastMCP("asking", mask_error_details=True)
    for tool in (
        test_tool_with_logging,
        test_logging_tool,
        test_sampling,
        test_elicitation,
        test_elicitation_sep1034_defaults,
        test_elicitation_sep1330_enums,
        test_streaming_elicitation,
        test_reconnection,
        test_missing_capability,
        test_trigger_tool_change,
        test_trigger_prompt_change,
    ):
        server.tool(tool, description=in_words(tool), output_schema=None)
    return server


async def test_tool_with_logging(ctx: Context) -> str:
    for said in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.info(said)
    return "Tool with logging executed successfully"


async def test_logging_tool(ctx: Context) -> str:
    await ctx.info("Only for those who asked")
    return "Logging evaluated"


async def test_sampling(prompt: str, ctx: Context) -> str:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
    result = await ctx.session.create_message(
        messages=[message], max_tokens=100, related_request_id=ctx.request_id
    )
    said = result.content
    return f"LLM response: {said.text if isinstance(said, TextContent) else said}"


async def test_elicitation(message: str, ctx: Context) -> str:
    return f"User response: {await _asked(ctx, message, _ANSWER)}"


async def test_elicitation_sep1034_defaults(ctx: Context) -> str:
    said = await _asked(ctx, "Please provide user information", _DEFAULTS)
    return f"Elicitation completed: {said}"


async def test_elicitation_sep1330_enums(ctx: Context) -> str:
    said = await _asked(ctx, "Please select values", _ENUMS)
    return f"Elicitation completed: {said}"


async def test_streaming_elicitation(ctx: Context) -> str:
    await ctx.report_progress(50, 100)
    return "Streaming complete"


async def test_reconnection(ctx: Context) -> str:
    await ctx.close_sse_stream()
    await asyncio.sleep(0.1)  # what the suite waits for happens after the client's stream is gone
    return "Reconnection test completed"


async def test_missing_capability(ctx: Context) -> str:
    able = ctx.session.client_capabilities
    if able is None or able.sampling is None:
        raise MCPError(
            code=MISSING_REQUIRED_CLIENT_CAPABILITY,
            message="This tool requires the client's 'sampling' capability",
            data={"requiredCapabilities": {"sampling": {}}},
        )
    return "The client declared sampling"


async def test_trigger_tool_change(ctx: Context) -> str:
    await ctx.send_notification(ToolListChangedNotification())
    return "tool list changed"


async def _asked(ctx: Context, message: str, properties: dict[str, Any]) -> str:
    assert ctx.session.protocol_version not in MODERN_PROTOCOL_VERSIONS
    schema = {"type": "object", "properties": properties, "required": []}
    said = await ctx.session.elicit(message, schema, related_request_id=ctx.request_id)
    return f"action={said.action}, content={said.content}"
