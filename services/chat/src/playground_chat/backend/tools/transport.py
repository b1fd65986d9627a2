"""The way to an MCP server: HTTP with a limit to what it may answer, or a command's pipes."""

import os
import ssl
from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import httpx2
from fastmcp.client.transports import (
    ClientTransport,
    SSETransport,
    StdioTransport,
    StreamableHttpTransport,
)

from playground.scenarios.tools import McpServer, with_secrets
from playground_chat.backend.tools.kinds import Kind

MAX_ANSWER_BYTES = 8 * 1024 * 1024
"""What one answer of a server may have. A longer one is broken off while it comes."""

_LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4)
"""Kept for less than the 5 s after which usual servers close: a call cannot be made again."""

_FOR_COMMANDS = ("PATH", "HOME", "LANG", "TMPDIR")


def transport_to(server: McpServer, kind: Kind) -> ClientTransport:
    """The transport for one connection to *server*."""
    environment = dict(os.environ)
    if server.command is not None:
        own = {name: environment[name] for name in _FOR_COMMANDS if name in environment}
        given = {name: with_secrets(value, environment) for name, value in server.env.items()}
        return StdioTransport(server.command, server.args, env=own | given, keep_alive=False)
    assert server.url is not None
    headers = {name: with_secrets(value, environment) for name, value in server.headers.items()}
    if kind == "sse":
        return SSETransport(server.url, headers, httpx_client_factory=_client)
    return StreamableHttpTransport(server.url, headers, httpx_client_factory=_client)


def _client(
    headers: dict[str, str] | None = None,
    timeout: httpx2.Timeout | None = None,
    auth: httpx2.Auth | None = None,
    **_: Any,
) -> httpx2.AsyncClient:
    """A client whose answers are limited. Redirects are not followed: headers would go along."""
    return httpx2.AsyncClient(
        headers=headers,
        timeout=timeout or httpx2.Timeout(10, read=None),
        auth=auth,
        limits=_LIMITS,
        verify=_tls(),
        event_hooks={"response": [_limit]},
    )


@cache
def _tls() -> ssl.SSLContext:
    """One for all: loading the certificates takes 26 ms."""
    return httpx2.create_ssl_context()


async def _limit(response: httpx2.Response) -> None:
    stream = response.stream
    assert isinstance(stream, httpx2.AsyncByteStream)
    response.stream = _Limited(stream)


class _Limited(httpx2.AsyncByteStream):
    """A body that breaks off where it becomes too long."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_ANSWER_BYTES
        async for part in self._stream:
            left -= len(part)
            if left < 0:
                raise httpx2.ReadError(f"The answer has more than {MAX_ANSWER_BYTES:,} bytes.")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
