"""Clients of 2025-11-25, answered by any replica: those of another one are passed on to it.

Their MCP session is a stream to one process. State that is to last is in handles, not there: a
client whose replica is gone is told 404, as the protocol has it, and begins a new one.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastmcp import FastMCP
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from playground_gateway.endpoint import CLIENT, McpEndpoint
from playground_gateway.replicas.owners import Owners
from playground_gateway.replicas.passing_on import answers
from playground_gateway.replicas.requests import PassedOn

_LONGEST_ID = 128


class ClientsOfAll:
    """Serves *endpoint*, and the clients of the other replicas' as well."""

    def __init__(self, endpoint: McpEndpoint, owners: Owners) -> None:
        self._endpoint = endpoint
        self._owners = owners
        self._passed_on = PassedOn()

    @property
    def server(self) -> FastMCP:
        """The MCP server that is served."""
        return self._endpoint.server

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Serve for the block."""
        try:
            async with self._owners.running(), self._endpoint.running():
                yield
        finally:
            await self._passed_on.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = Headers(scope=scope).get(CLIENT, "")[:_LONGEST_ID].strip()
        if client and client not in self._endpoint.clients():
            address = await self._owners.known(client)
            if address is not None and await answers(address):
                await self._passed_on(address, scope, receive, send)
                return
        await self._endpoint(scope, receive, send if client else self._noting(send))

    def _noting(self, send: Send) -> Send:
        """Lease the session that is begun before its client hears of it."""

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun = Headers(raw=message["headers"]).get(CLIENT)
                if begun:
                    await self._owners.elsewhere(begun)
            await send(message)

        return noting
