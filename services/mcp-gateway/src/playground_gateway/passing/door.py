"""`/mcp/sessions/{session_id}/server`: a scenario's own MCP server, at the playground's address.

Bytes go both ways as they come, so whatever the protocol is or will be, it passes.
"""

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from playground.errors import PlaygroundError, TooLarge
from playground_gateway.passing.headers import Headers, answered, asked
from playground_gateway.passing.places import PassedMetrics, Places
from playground_gateway.passing.servers import OwnServers
from playground_gateway.passing.streams import pass_on
from playground_gateway.passing.upstream import Upstream, Wanted
from playground_http.problems import problem_response

log = logging.getLogger(__name__)

PATH = "/mcp/sessions/{session_id}/server"
LARGEST_REQUEST = 4 * 1024 * 1024
"""Bytes: what the SDK's own servers take."""


class ServerAway(PlaygroundError):
    """The MCP server of the session's scenario cannot be reached, or broke off."""

    code, status, title = "tool_failed", 502, "MCP server unreachable"


class OwnServerDoor:
    """Passes requests on to the server of the session in the address."""

    def __init__(self, servers: OwnServers, registry: CollectorRegistry) -> None:
        self._servers = servers
        self._metrics = PassedMetrics(registry)
        self._places = Places(self._metrics)
        self._upstream = Upstream()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Serve for the block."""
        try:
            yield
        finally:
            await self._upstream.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session_id = str(Request(scope).path_params["session_id"])
        begun, outcome = time.perf_counter(), "left"
        try:
            server = await self._servers.of(session_id)
            with self._places.one(session_id):
                body = await self._body(receive)
                headers = asked(scope["headers"], server.headers)
                outcome = await pass_on(
                    self._upstream,
                    Wanted(scope["method"], server.url, headers, body),
                    receive,
                    send,
                    told=_told,
                    away=ServerAway(),
                    count=self._metrics.bytes.labels("out").inc,
                )
        except PlaygroundError as error:
            outcome = error.code
            await problem_response(error)(scope, receive, send)
        finally:
            self._metrics.requests.labels(outcome).inc()
            log.info(
                "own server, session %r, %s: %s after %.1f ms",
                session_id[:128],
                scope["method"],
                outcome,
                (time.perf_counter() - begun) * 1000,
            )

    async def _body(self, receive: Receive) -> bytes:
        """The request's body, whole: a request is small, and may be sent once more."""
        pieces, size, more = list[bytes](), 0, True
        while more:
            message = await receive()
            piece: bytes = message.get("body", b"")
            pieces.append(piece)
            size += len(piece)
            more = message.get("more_body", False)
            if size > LARGEST_REQUEST:
                raise TooLarge(f"The request body is larger than {LARGEST_REQUEST:,} bytes.")
        self._metrics.bytes.labels("in").inc(size)
        return b"".join(pieces)


def _told(answer: aiohttp.ClientResponse) -> Headers:
    if 300 <= answer.status < 400:
        raise ServerAway("The MCP server of the session's scenario is elsewhere now.")
    return answered(answer.raw_headers)
