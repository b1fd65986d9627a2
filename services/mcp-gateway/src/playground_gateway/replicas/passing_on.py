"""Calls about a page that another replica has, answered by that one."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    TextResourceContents,
)

from playground.errors import SessionNotReady
from playground_gateway.replicas.owners import Owners

_REACHED_WITHIN_S = 1.0
_ANSWERED_WITHIN_S = 90.0
"""Longer than the longest wait that a tool takes."""
_ERA = "2026-07-28"
_LOST = (
    "The gateway that had this page is gone. What was asked may have been done: look at the page, "
    "then try again."
)

Told = Callable[[str], Awaitable[None]]


class OtherReplicas:
    """Asks the replica that has a page. What is to be done here answers None."""

    def __init__(self, owners: Owners) -> None:
        self._owners = owners
        # Doors answer to loopback names; replicas speak plain HTTP, and no certificate is loaded.
        self._http = httpx2.AsyncClient(
            headers={"host": "localhost"},
            timeout=httpx2.Timeout(_ANSWERED_WITHIN_S, connect=_REACHED_WITHIN_S),
            verify=False,
            trust_env=False,
        )

    async def close(self) -> None:
        """Let go of the others."""
        await self._http.aclose()

    async def elsewhere(self, session_id: str) -> str | None:
        """The address of the living replica that has the page; None where it is this one."""
        for _ in range(3):
            address = await self._owners.elsewhere(session_id)
            if address is None or await answers(address):
                return address
            await self._owners.gone(session_id, address)
        raise SessionNotReady("The page moves between gateways now; try again shortly.")

    async def call(
        self, session_id: str, tool: str, arguments: dict[str, Any], told: Told
    ) -> CallToolResult | None:
        """The tool's result there, its progress told as it comes. Raises SessionNotReady."""
        address = await self.elsewhere(session_id)
        if address is None:
            return None

        async def heard(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
            await told(message or "")

        params = CallToolRequestParams(name=tool, arguments=arguments)
        async with self._client(address) as client:
            return await client.session.send_request(
                CallToolRequest(params=params), CallToolResult, progress_callback=heard
            )

    async def read(self, session_id: str, uri: str) -> dict[str, Any] | None:
        """The resource of JSON there. Raises SessionNotReady."""
        address = await self.elsewhere(session_id)
        if address is None:
            return None
        async with self._client(address) as client:
            result = await client.read_resource(uri)
        (content,) = result.contents
        assert isinstance(content, TextResourceContents)
        return json.loads(content.text)

    @asynccontextmanager
    async def _client(self, address: str) -> AsyncGenerator[Client]:
        transport = streamable_http_client(
            f"{address}/mcp", http_client=self._http, max_sse_event_size=None
        )
        try:
            async with Client(transport, mode=_ERA, cache=None) as client:
                yield client
        except* (httpx2.HTTPError, MCPError, OSError) as errors:
            raise SessionNotReady(_LOST) from errors


async def answers(address: str) -> bool:
    """Whether somebody listens there."""
    place = urlsplit(address)
    try:
        async with asyncio.timeout(_REACHED_WITHIN_S):
            _, writer = await asyncio.open_connection(place.hostname, place.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
