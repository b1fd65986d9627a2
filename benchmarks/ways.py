"""A way to a tool of an MCP server, and a call of it."""

from dataclasses import dataclass, field
from typing import Any

import aiohttp

HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
}
_META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
_PATIENCE = aiohttp.ClientTimeout(total=30)


@dataclass(frozen=True)
class Way:
    """Where the server answers, what it calls the tool, and what it is told besides."""

    address: str
    tool: str = "add"
    headers: dict[str, str] = field(default_factory=dict[str, str])

    async def call(self, http: aiohttp.ClientSession) -> bool:
        """Add two numbers. Whether that was answered, within half a minute."""
        modern = "Mcp-Session-Id" not in self.headers
        params = {"name": self.tool, "arguments": {"a": 1, "b": 2}}
        params |= {"_meta": _META} if modern else {}
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {**HEADERS, "Mcp-Name": self.tool, **self.headers}
        try:
            async with http.post(
                self.address, json=call, headers=headers, timeout=_PATIENCE
            ) as answer:
                return '"structuredContent"' in await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            return False
