"""Tools whose schemas the conformance suites compare word by word, or have in request headers."""

from typing import Annotated, Any

from fastmcp import FastMCP
from fastmcp.tools import Tool, ToolResult
from pydantic import Field

_EVERY_KEYWORD: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


class _EveryKeyword(Tool):
    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        return ToolResult(f"called with {sorted(arguments)}")


def test_x_mcp_header(
    region: Annotated[str, Field(default="none", json_schema_extra={"x-mcp-header": "Region"})],
) -> str:
    return f"region={region}"


_KEYWORDS = _EveryKeyword(
    name="json_schema_2020_12_tool", description="Every keyword", parameters=_EVERY_KEYWORD
)
_HEADER = Tool.from_function(test_x_mcp_header, description="A header", output_schema=None)
SCHEMAS = {tool.name: tool.parameters for tool in (_KEYWORDS, _HEADER)}


def schemas() -> FastMCP:
    """A server of these tools."""
    server: FastMCP = FastMCP("schemas", mask_error_details=True, dereference_schemas=False)
    server.add_tool(_KEYWORDS)
    server.add_tool(_HEADER)
    return server
