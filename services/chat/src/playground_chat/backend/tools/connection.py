"""One MCP server as the chat backend keeps it: connected when first wanted, and again when lost.

LangChain's adapter makes tools of what the server offers. What is slow or broken there never holds
a turn for longer than its patience, and a server that is down is not waited for again at once.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from fastmcp import Client
from fastmcp.client.elicitation import ElicitResult
from fastmcp.client.transports import ClientTransport
from langchain_core._api import suppress_langchain_beta_warning
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from mcp import MCPError
from mcp_types import CONNECTION_CLOSED

with suppress_langchain_beta_warning():
    from langchain.mcp import MCPAdapter

log = logging.getLogger(__name__)

DOWN_S = 10.0
"""How long a server that could not be reached is not waited for; it is looked for meanwhile."""
FRESH_S = 5.0
"""How old a list of tools may be before it is looked at again, beside the turn that uses it."""
CONNECT_S = 20.0


class Unreachable(Exception):
    """The server cannot be reached now; the text is for a reader."""


class CallFailed(Exception):
    """The call did not reach the tool, or its answer did not come; the text is for a reader."""


class ToolConnection:
    """A server's tools, and calls of them. *way* makes the transport of one connection."""

    def __init__(self, name: str, way: Callable[[], ClientTransport]) -> None:
        self.name = name
        self._way = way
        self._adapter: MCPAdapter | None = None
        self._tools: Mapping[str, BaseTool] = {}
        self._looking: asyncio.Task[None] | None = None
        self._seen = self._failed = float("-inf")
        self._closing: set[asyncio.Task[None]] = set()

    async def tools(self, patience_s: float) -> Mapping[str, BaseTool]:
        """The tools by name, as they were seen some seconds ago. Raises Unreachable."""
        if self._adapter is not None:
            if time.monotonic() - self._seen > FRESH_S:
                self._look()
            return self._tools
        looking = self._look()
        if time.monotonic() - self._failed < DOWN_S:
            raise Unreachable(self._away)
        await asyncio.wait({looking}, timeout=patience_s)
        if self._adapter is None:
            self._failed = time.monotonic()
            raise Unreachable(self._away)
        return self._tools

    async def still_there(self) -> bool:
        """Whether the look that runs now, if any, still finds the server. No long wait."""
        if self._looking is not None:
            await asyncio.wait({self._looking}, timeout=0.2)
        return self._adapter is not None

    async def call(self, tool: str, arguments: dict[str, Any], call_id: str) -> ToolMessage:
        """What *tool* answers; its own failures are answers too. Raises CallFailed."""
        adapter, found = self._adapter, self._tools.get(tool)
        if adapter is None or found is None:
            raise CallFailed(self._away if adapter is None else f"{self.name} has no {tool} now.")
        wanted = {"type": "tool_call", "name": tool, "args": arguments, "id": call_id}
        try:
            return await found.ainvoke(wanted)
        except NotImplementedError as error:
            raise CallFailed(f"{tool} answered with something that cannot be read.") from error
        except Exception as error:
            if not isinstance(error, MCPError) or error.code == CONNECTION_CLOSED:
                self._lose(adapter)
                raise CallFailed(f"The connection to {self.name} broke off in the call.") from error
            raise CallFailed(str(error)) from error

    async def close(self) -> None:
        """End the connection."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        self.close_soon()
        await asyncio.gather(*self._closing, return_exceptions=True)

    def close_soon(self) -> None:
        """End the connection beside whatever runs."""
        if self._adapter is not None:
            self._lose(self._adapter)

    @property
    def _away(self) -> str:
        return f"The MCP server {self.name} cannot be reached."

    def _look(self) -> asyncio.Task[None]:
        """Look for the server and its tools, if nobody does yet."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._found(), name=f"tools of {self.name}")
        return self._looking

    async def _found(self) -> None:
        """Bring the list up to date, on the connection that there is or on a new one."""
        try:
            async with asyncio.timeout(CONNECT_S):
                if self._adapter is None or not await self._read(self._adapter):
                    await self._connect()
        except Exception as error:  # whatever a transport may raise: refused, broken, not MCP
            if time.monotonic() - self._failed > DOWN_S:
                log.warning("MCP server %s: %s", self.name, _briefly(error))
            self._failed = time.monotonic()

    async def _read(self, adapter: MCPAdapter) -> bool:
        """Whether *adapter* still gives the list of tools, which is kept."""
        try:
            found = await adapter.list_tools(cache_mode="refresh")
        except Exception as error:
            log.info("MCP server %s was lost: %s", self.name, _briefly(error))
            self._lose(adapter)
            return False
        self._tools = {tool.name: tool for tool in found}
        self._seen = time.monotonic()
        return True

    async def _connect(self) -> None:
        adapter = MCPAdapter(Client(self._way(), elicitation_handler=_declined))
        try:
            await adapter.__aenter__()
            found = await adapter.list_tools(cache_mode="refresh")
        except BaseException:
            self._close_later(adapter)
            raise
        self._adapter, self._tools = adapter, {tool.name: tool for tool in found}
        self._seen, self._failed = time.monotonic(), float("-inf")

    def _lose(self, adapter: MCPAdapter) -> None:
        """Take up a new connection the next time; the old one ends by itself."""
        if self._adapter is adapter:
            self._adapter = None
        self._close_later(adapter)

    def _close_later(self, adapter: MCPAdapter) -> None:
        closing = asyncio.create_task(_closed(adapter), name=f"end of {self.name}")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


async def _closed(adapter: MCPAdapter) -> None:
    try:
        async with asyncio.timeout(5):
            client: Any = adapter.client
            await client.close()
    except Exception as error:
        log.debug("a connection to an MCP server did not end well: %s", error)


async def _declined(*_: object) -> ElicitResult[Any]:
    """No person sits at a tool's call: what a server asks of one is declined."""
    return ElicitResult(action="decline")


def _briefly(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:300]
