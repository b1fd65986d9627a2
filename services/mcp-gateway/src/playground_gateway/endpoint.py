"""An MCP server at an address: FastMCP's transport without an app of its own around it."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from fastmcp import FastMCP
from fastmcp.server.http import FastMCPStreamableHTTPSessionManager, set_http_request
from mcp.server.streamable_http import GET_STREAM_KEY
from mcp.server.streamable_http_manager import RequestBodyLimitMiddleware
from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from playground_gateway.recent_events import RecentEvents
from playground_gateway.standing_streams import StandingStreams

_GUARDED_ALREADY = TransportSecuritySettings(enable_dns_rebinding_protection=False)
"""The house's own guard stands before every door, and knows the hosts that are allowed."""

CLIENT = "mcp-session-id"
"""The header with the id of a client of 2025-11-25."""

_COMES_AGAIN_AFTER_MS = 500
"""When a client whose stream broke is asked to take it up again."""


class McpEndpoint:
    """Serves both eras at one address: 2026-07-28 without sessions, 2025-11-25 with them.

    *largest_body*: bytes of a request. FastMCP's manager takes no such setting, and 4 MiB.
    """

    def __init__(self, server: FastMCP, *, largest_body: int) -> None:
        self.server = server
        self._largest_body = largest_body
        self._sessions: FastMCPStreamableHTTPSessionManager | None = None
        self.streams = StandingStreams(self._has_stream)

    def clients(self) -> set[str]:
        """The ids of the MCP sessions that clients of 2025-11-25 have here."""
        sessions = self._sessions
        return set(sessions._server_instances) if sessions is not None else set()  # pyright: ignore[reportPrivateUsage]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Serve for the block; open streams end with it."""
        sessions = FastMCPStreamableHTTPSessionManager(
            app=self.server._mcp_server,  # pyright: ignore[reportPrivateUsage]
            security_settings=_GUARDED_ALREADY,
            event_store=RecentEvents(),
            retry_interval=_COMES_AGAIN_AFTER_MS,
        )
        sessions.asgi_app = RequestBodyLimitMiddleware(
            sessions._handle_request,  # pyright: ignore[reportPrivateUsage]
            self._largest_body,
        )
        async with sessions.run():
            self._sessions = sessions
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._sessions is not None, "the endpoint is not running"
        scope = {**scope, "headers": _trimmed(scope["headers"])}
        if scope["method"] == "GET":
            send = self.streams.noting(Headers(scope=scope).get(CLIENT, ""), send)
        with set_http_request(Request(scope)):
            await self._sessions.handle_request(scope, receive, send)

    def _has_stream(self, client: str) -> bool:
        there = self._sessions._server_instances.get(client) if self._sessions else None  # pyright: ignore[reportPrivateUsage]
        return there is not None and GET_STREAM_KEY in there._request_streams  # pyright: ignore[reportPrivateUsage]


def _trimmed(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Values without the blanks around them: the server leaves those at the end (RFC 9112, 5.1)."""
    return [(name, value.strip(b" \t")) for name, value in headers]
