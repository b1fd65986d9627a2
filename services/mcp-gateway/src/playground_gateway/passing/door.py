"""`/mcp/sessions/{session_id}/server`: a scenario's own MCP server, at the playground's address.

Bytes go both ways as they come, so whatever the protocol is or will be, it passes.
"""

import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import httpx
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from playground.errors import PlaygroundError, TooLarge
from playground_gateway.passing.headers import answered, asked
from playground_gateway.passing.places import PassedMetrics, Places
from playground_gateway.passing.servers import OwnServers
from playground_http.problems import problem_response

log = logging.getLogger(__name__)

PATH = "/mcp/sessions/{session_id}/server"
LARGEST_REQUEST = 4 * 1024 * 1024
"""Bytes: what the SDK's own servers take."""

_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=30)
_TIMES = httpx.Timeout(60, connect=3, read=None)
"""A server may be silent while its tool works: who asks decides how long to wait."""


class ServerAway(PlaygroundError):
    """The MCP server of the session's scenario cannot be reached, or broke off."""

    code, status, title = "tool_failed", 502, "MCP server unreachable"


class OwnServerDoor:
    """Passes requests on to the server of the session in the address."""

    def __init__(self, servers: OwnServers, registry: CollectorRegistry) -> None:
        self._servers = servers
        self._metrics = PassedMetrics(registry)
        self._places = Places(self._metrics)
        self._client = httpx.AsyncClient(
            timeout=_TIMES, limits=_LIMITS, trust_env=False, follow_redirects=False
        )

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Serve for the block."""
        try:
            yield
        finally:
            await self._client.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        session_id = str(Request(scope).path_params["session_id"])
        begun, outcome = time.perf_counter(), "left"
        try:
            server = await self._servers.of(session_id)
            with self._places.one(session_id):
                body = await self._body(receive)
                wanted = self._client.build_request(
                    scope["method"],
                    server.url,
                    headers=asked(scope["headers"], server.headers),
                    content=body,
                )
                outcome = await self._passed(wanted, receive, send)
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

    async def _passed(self, wanted: httpx.Request, receive: Receive, send: Send) -> str:
        """Pass the answer on until it ends or the client leaves; returns which of them it was."""
        outcome: str | PlaygroundError = "left"

        async def answer() -> None:
            nonlocal outcome
            outcome = await self._answered(wanted, send)
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(answer)
            await _left(receive)
            group.cancel_scope.cancel()
        if isinstance(outcome, PlaygroundError):
            raise outcome
        return outcome

    async def _answered(self, wanted: httpx.Request, send: Send) -> str | PlaygroundError:
        try:
            answer = await self._client.send(wanted, stream=True)
        except httpx.HTTPError as error:
            log.warning("an own server cannot be reached: %s", type(error).__name__)
            return ServerAway()
        try:
            if answer.is_redirect:
                return ServerAway("The MCP server of the session's scenario is elsewhere now.")
            await send(_start(answer))
            async for piece in answer.aiter_raw():
                self._metrics.bytes.labels("out").inc(len(piece))
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except httpx.HTTPError as error:  # the connection is cut, so that the client knows
            log.warning("an own server broke off: %s", type(error).__name__)
            return "broken"
        finally:
            with anyio.CancelScope(shield=True):
                await answer.aclose()
        return "answered"


def _start(answer: httpx.Response) -> Message:
    headers = answered(answer.headers.raw)
    return {"type": "http.response.start", "status": answer.status_code, "headers": headers}


async def _left(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
