"""The MCP server itself: tools put onto FastMCP, with the settings that its clients rely on."""

import logging
from collections.abc import Sequence

from fastmcp import FastMCP
from fastmcp.server.completions import CompletionHandler
from fastmcp.server.middleware import Middleware
from fastmcp.server.providers import Provider
from fastmcp.tools import Tool
from mcp.shared.exceptions import MCPError

INSTRUCTIONS = """\
Chat Playground: test one idea in many contexts. `list_scenarios` shows what can be launched,
`launch_session` starts one and gives its `session_id`, `send_message` talks to it. A person may
have the same session open in a browser (its `url`): both see what either says. Stop sessions that
are no longer needed.
"""


def mcp_server(
    tools: Sequence[Tool],
    middleware: Sequence[Middleware],
    *,
    read: Sequence[Provider] = (),
    complete: CompletionHandler | None = None,
    instructions: str = INSTRUCTIONS,
) -> FastMCP:
    """A server of these tools, and of what there is to read.

    Schemas keep their references, as JSON Schema 2020-12 has them. The schemas of tools are looked
    up here: without that, the SDK lists all tools before every call to learn one's schema.
    """
    _log_as_the_house_does()
    server: FastMCP = FastMCP(
        "chat-playground",
        instructions=instructions,
        version="0.1.0",
        website_url=None,
        middleware=middleware,
        providers=read,
        dereference_schemas=False,
        mask_error_details=True,
    )
    for tool in tools:
        server.add_tool(tool)
    if complete is not None:
        server.completion(complete)
    schemas = {tool.name: tool.parameters for tool in tools}
    server._mcp_server.get_tool_input_schema = schemas.get  # pyright: ignore[reportPrivateUsage]
    return server


def _log_as_the_house_does() -> None:
    """FastMCP writes to a console of its own; its lines belong into the service's log."""
    logger = logging.getLogger("fastmcp")
    logger.handlers.clear()
    logger.propagate = True
    logger.setLevel(logging.WARNING)
    logging.getLogger("fastmcp.server.server").addFilter(_is_unexpected)
    logging.getLogger("mcp").setLevel(logging.WARNING)


def _is_unexpected(record: logging.LogRecord) -> bool:
    """Not an error that was made for the client: FastMCP logs those with their traces too."""
    return not (record.exc_info and isinstance(record.exc_info[1], MCPError))
