"""The policy around every call, read and list of an MCP server."""

from collections.abc import Sequence

import mcp_types as types
from fastmcp.prompts import Prompt, PromptResult
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from fastmcp.tools import Tool, ToolResult

from playground.errors import Forbidden, PlaygroundError
from playground_gateway.policy.clients import client_name, session_asked
from playground_gateway.policy.launches import Launches
from playground_gateway.policy.rules import READ_ONLY, Rules
from playground_gateway.refusal import protocol_error, refusal

LAUNCHING = frozenset({"launch_session", "fork_session"})
"""The tools that make sessions, each of which may be a container."""


class Bounds(Middleware):
    """Refuses what the rules do not allow, and launches beyond the limits."""

    def __init__(self, rules: Rules, launches: Launches) -> None:
        self.rules = rules
        self._launches = launches

    async def on_list_tools(
        self,
        context: MiddlewareContext[types.ListToolsRequest],
        call_next: CallNext[types.ListToolsRequest, Sequence[Tool]],
    ) -> Sequence[Tool]:
        tools = await call_next(context)
        return [one for one in tools if _reads(one)] if self.rules.read_only else tools

    async def on_list_prompts(
        self,
        context: MiddlewareContext[types.ListPromptsRequest],
        call_next: CallNext[types.ListPromptsRequest, Sequence[Prompt]],
    ) -> Sequence[Prompt]:
        return [one for one in await call_next(context) if self.rules.allows(one.name)]

    async def on_call_tool(
        self,
        context: MiddlewareContext[types.CallToolRequestParams],
        call_next: CallNext[types.CallToolRequestParams, ToolResult],
    ) -> ToolResult:
        name, arguments = context.message.name, context.message.arguments or {}
        try:
            if self.rules.read_only:
                await _check_reads(context)
            await self.rules.check_arguments(arguments, session_asked(arguments))
            if name not in LAUNCHING:
                return await call_next(context)
            async with self._launches.one(client_name(context)) as launch:
                result = await call_next(context)
                launch.session_id = (result.structured_content or {}).get("id")
                return result
        except PlaygroundError as error:
            raise refusal(error) from error

    async def on_get_prompt(
        self,
        context: MiddlewareContext[types.GetPromptRequestParams],
        call_next: CallNext[types.GetPromptRequestParams, PromptResult],
    ) -> PromptResult:
        try:
            self.rules.check_scenario(context.message.name)
        except PlaygroundError as error:
            raise protocol_error(error) from error
        return await call_next(context)


async def _check_reads(context: MiddlewareContext[types.CallToolRequestParams]) -> None:
    asked = context.fastmcp_context
    assert asked is not None, "a tool is called on a server"
    tool = await asked.fastmcp.get_tool(context.message.name)
    if tool is not None and not _reads(tool):
        raise Forbidden(READ_ONLY)


def _reads(tool: Tool) -> bool:
    return tool.annotations is not None and tool.annotations.read_only_hint is True
