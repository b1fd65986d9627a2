"""What the official conformance suites of MCP expect a server to offer, beside the product's own.

`put_on(server, scenarios)` mounts it on the very server that is served. The names, texts and
behaviours are the suites'; the product has none of them.
"""

from pathlib import Path
from typing import Any

from fastmcp import FastMCP

from tests.support.conformance.asking import asking
from tests.support.conformance.contents import contents
from tests.support.conformance.input_required import input_required
from tests.support.conformance.schemas import SCHEMAS, schemas


def put_on(server: FastMCP, scenarios: Path) -> None:
    """Mount all of it; *scenarios* is the folder of those that are offered.

    The lookup of tools' schemas learns those that the suites validate.
    """
    for fixtures in (contents(), asking(scenarios), input_required(), schemas()):
        server.mount(fixtures)
    lower = server._mcp_server  # pyright: ignore[reportPrivateUsage]
    own = lower.get_tool_input_schema
    assert own is not None

    def schema_of(name: str) -> Any:
        return SCHEMAS.get(name) or own(name)

    lower.get_tool_input_schema = schema_of
