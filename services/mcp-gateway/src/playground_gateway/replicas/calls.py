"""Tools that use a page, called where the page is."""

import json
from typing import Any

from fastmcp.server.context import Context
from fastmcp.server.dependencies import get_http_request
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from fastmcp.tools import ToolResult
from mcp_types import CallToolRequestParams, CallToolResult, TextContent

from playground.errors import PlaygroundError
from playground_gateway.refusal import Refusal, refusal, refusal_of_problem
from playground_gateway.replicas.passing_on import OtherReplicas
from playground_gateway.tools.conversation import Progress
from playground_gateway.turns import Turns

_OF_PAGES = "app_"


class CallsWhereThePageIs(Middleware):
    """Passes a call on where another replica has the session's page."""

    def __init__(self, others: OtherReplicas, turns: Turns) -> None:
        self._others = others
        self._turns = turns

    async def on_call_tool(
        self,
        context: MiddlewareContext[CallToolRequestParams],
        call_next: CallNext[CallToolRequestParams, ToolResult],
    ) -> ToolResult:
        ctx, called = context.fastmcp_context, context.message
        session_id = _session(called)
        if ctx is None or session_id is None or not called.name.startswith(_OF_PAGES):
            return await call_next(context)
        try:
            with self._turns.interruptible():
                result = await self._passed_on(ctx, session_id, called)
        except PlaygroundError as error:
            raise refusal(error) from error
        if result is None:
            return await call_next(context)
        if result.is_error:
            raise _refusal(result)
        return ToolResult(result.content, result.structured_content, result.meta)

    async def _passed_on(
        self, ctx: Context, session_id: str, called: CallToolRequestParams
    ) -> CallToolResult | None:
        arguments: dict[str, Any] = {**(called.arguments or {}), "session_id": session_id}
        return await self._others.call(session_id, called.name, arguments, Progress(ctx))


def _session(called: CallToolRequestParams) -> str | None:
    """The session that the call names, or the address at which it came."""
    named = (called.arguments or {}).get("session_id")
    if named is None:
        named = get_http_request().path_params.get("session_id")
    return named if isinstance(named, str) and 0 < len(named) <= 128 else None


def _refusal(result: CallToolResult) -> Refusal:
    text = "".join(one.text for one in result.content if isinstance(one, TextContent))
    try:
        return refusal_of_problem(json.loads(text))
    except ValueError:
        return refusal(PlaygroundError())
