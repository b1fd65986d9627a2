"""Which tools a turn is to have: the playground's own ones by name, and servers besides."""

from collections.abc import Iterable
from dataclasses import dataclass

from playground.scenarios.tools import McpServer, ToolSource, is_address, server_at


@dataclass(frozen=True)
class ToolsWanted:
    """What a scenario's `tools` say. Hashable, since agents are kept by it."""

    names: frozenset[str] | None = None
    """Tools of MCP_SERVER_URL; None means all of them that are meant for conversations."""
    servers: tuple[str, ...] = ()
    """The servers besides, each as JSON of `McpServer`."""


def tools_wanted(sources: Iterable[ToolSource]) -> ToolsWanted:
    """What *sources* want; without any, what conversations have by themselves."""
    names: list[str] = []
    servers: list[McpServer] = []
    for source in sources:
        if isinstance(source, McpServer):
            servers.append(source)
        elif is_address(source):
            servers.append(server_at(source))
        else:
            names.append(source)
    if not names and not servers:
        return ToolsWanted()
    return ToolsWanted(frozenset(names), tuple(server.model_dump_json() for server in servers))
