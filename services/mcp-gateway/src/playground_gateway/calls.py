"""Every tool call, watched: its failure told with a code, its duration and outcome kept."""

import asyncio
import logging
import time

from fastmcp.exceptions import NotFoundError, ToolError, ValidationError
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from fastmcp.tools import ToolResult
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolRequestParams
from prometheus_client import CollectorRegistry, Counter, Histogram
from pydantic import ValidationError as PydanticValidationError

from playground.errors import PlaygroundError
from playground_gateway.policy.bounds import LAUNCHING
from playground_gateway.policy.clients import client_name, sessions_asked
from playground_gateway.refusal import Refusal, refusal

log = logging.getLogger(__name__)


class CallMetrics:
    """How often each tool was called, with which outcome, and how long it took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "playground_mcp_calls_total",
            "Tool calls over MCP by tool and outcome",
            ["tool", "outcome"],
            registry=registry,
        )
        self.seconds = Histogram(
            "playground_mcp_call_seconds",
            "Time that tool calls over MCP took",
            ["tool"],
            registry=registry,
        )

    def ended(self, tool: str, outcome: str, seconds: float) -> None:
        self.calls.labels(tool, outcome).inc()
        self.seconds.labels(tool).observe(seconds)


class WatchedCalls(Middleware):
    """Stands around every call of a tool. What nobody expected is told as `internal`."""

    def __init__(self, metrics: CallMetrics) -> None:
        self._metrics = metrics

    async def on_call_tool(
        self,
        context: MiddlewareContext[CallToolRequestParams],
        call_next: CallNext[CallToolRequestParams, ToolResult],
    ) -> ToolResult:
        begun, outcome, tool = time.perf_counter(), "internal", context.message.name
        sessions = sessions_asked(context.message.arguments)
        try:
            result = await call_next(context)
            outcome = "ok"
            sessions = sessions or _launched(tool, result)
            return result
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        except NotFoundError as error:
            tool, outcome = "unknown", "invalid_request"
            raise Refusal(outcome, f"There is no tool {context.message.name[:100]!r}.") from error
        except ToolError as error:
            told = error if isinstance(error, Refusal) else refusal(PlaygroundError())
            outcome = told.code
            raise told from error
        except ValidationError as error:
            outcome = "invalid_request"
            raise _invalid(error) from error
        except MCPError:
            outcome = "protocol_error"
            raise
        finally:
            seconds = time.perf_counter() - begun
            self._metrics.ended(tool, outcome, seconds)
            log.info(
                "tool %s, session %r, client %r: %s after %.1f ms",
                tool,
                ", ".join(sessions) or None,
                client_name(context),
                outcome,
                seconds * 1000,
            )


def _launched(tool: str, result: ToolResult) -> list[str]:
    """The session that a call has made, which no argument names."""
    made = (result.structured_content or {}).get("id")
    return [made] if tool in LAUNCHING and isinstance(made, str) else []


def _invalid(error: ValidationError) -> Refusal:
    """Arguments that do not fit the tool's schema, field by field."""
    cause = error.__cause__
    if not isinstance(cause, PydanticValidationError):
        return Refusal("invalid_request", "Some arguments are not valid.")
    fields = [
        {"field": ".".join(str(part) for part in wrong["loc"]), "message": wrong["msg"]}
        for wrong in cause.errors(include_url=False, include_context=False, include_input=False)
    ]
    return Refusal("invalid_request", "Some arguments are not valid.", fields)
