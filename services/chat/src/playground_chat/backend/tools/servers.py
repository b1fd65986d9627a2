"""All MCP servers that this process has connections to, and the offer of tools for a turn."""

import asyncio
import logging
import os
from collections.abc import Mapping

from langchain_core.tools import BaseTool

from playground.scenarios.tools import McpServer, secrets_named
from playground_chat.backend.tools.connection import ToolConnection, Unreachable
from playground_chat.backend.tools.kinds import Kind
from playground_chat.backend.tools.offer import Offer, for_conversations
from playground_chat.backend.tools.transport import transport_to
from playground_chat.backend.tools.wanted import ToolsWanted

log = logging.getLogger(__name__)

PATIENCE_S = 1.8
"""How long a turn waits for servers that are slow to answer: all of them together."""
MOST_SERVERS = 100


class ToolServers:
    """The playground's own server at *url*, and those that scenarios name."""

    def __init__(self, url: str, kind: Kind, *, commands: bool) -> None:
        self._own = McpServer(name="playground", url=url)
        self._kind: Kind = kind
        self._commands = commands
        self._connections: dict[str, ToolConnection] = {}

    async def offer(self, wanted: ToolsWanted) -> Offer:
        """The tools that can be had now; what cannot be is told in `Offer.missing`."""
        offer = Offer()
        servers = [McpServer.model_validate_json(server) for server in wanted.servers]
        own_is_wanted = wanted.names is None or wanted.names
        sought = [self._own, *servers] if own_is_wanted else servers
        found = await asyncio.gather(*(self._tools(server, offer) for server in sought))
        for server, tools in zip(sought, found, strict=True):
            if tools is None:
                continue
            own = server is self._own
            chosen = _chosen(tools, wanted.names) if own else _only(tools, server)
            for name in sorted((wanted.names or frozenset()) - chosen.keys()) if own else ():
                offer.missing.append(f"There is no tool {name}.")
            offer.add(self._connection(server), chosen, own=own)
        return offer

    async def close(self) -> None:
        """End all connections."""
        await asyncio.gather(*(one.close() for one in self._connections.values()))

    async def _tools(self, server: McpServer, offer: Offer) -> Mapping[str, BaseTool] | None:
        if server.command is not None and not self._commands:
            offer.missing.append(
                f"The tools of {server.name} are a command, and commands are not allowed here "
                "(PLAYGROUND_TOOL_COMMANDS)."
            )
            return None
        try:
            return await self._connection(server).tools(PATIENCE_S)
        except Unreachable as error:
            offer.missing.append(str(error))
            return None

    def _connection(self, server: McpServer) -> ToolConnection:
        key = server.model_dump_json(exclude={"only"})
        if key not in self._connections:
            if len(self._connections) >= MOST_SERVERS:
                self._forget_one()
            _warn_of_missing_secrets(server)
            self._connections[key] = ToolConnection(
                server.name, lambda: transport_to(server, self._kind)
            )
        return self._connections[key]

    def _forget_one(self) -> None:
        """A scenario that was changed leaves its old servers behind: the oldest goes."""
        oldest = self._connections.pop(next(iter(self._connections)))
        oldest.close_soon()


def _warn_of_missing_secrets(server: McpServer) -> None:
    for template in [*server.headers.values(), *server.env.values()]:
        for name in secrets_named(template):
            if name not in os.environ:
                log.warning("MCP server %s wants %s, which is not set", server.name, name)


def _chosen(tools: Mapping[str, BaseTool], names: frozenset[str] | None) -> dict[str, BaseTool]:
    if names is None:
        return for_conversations(tools)
    return {name: tool for name, tool in tools.items() if name in names}


def _only(tools: Mapping[str, BaseTool], server: McpServer) -> dict[str, BaseTool]:
    return {name: tool for name, tool in tools.items() if not server.only or name in server.only}
