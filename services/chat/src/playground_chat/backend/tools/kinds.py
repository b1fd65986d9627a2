"""The transports by which MCP servers with an address are spoken to."""

from typing import Literal

Kind = Literal["streamable_http", "sse"]
