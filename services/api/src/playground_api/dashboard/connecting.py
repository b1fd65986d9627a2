"""How other programs get at a session: texts that are ready to be pasted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playground.sessions.model import Session

_BRIDGE = "mcp-remote@0.15.1"
"""What connects Claude Desktop, which starts programs, to an address of this machine."""


@dataclass(frozen=True)
class Way:
    """One program: where its text goes, and the text."""

    key: str
    name: str
    where: str
    text: str


def mcp_address(origin: str, session: Session) -> str:
    """The session as an MCP server of its own."""
    return f"{origin}/mcp/sessions/{session.id}"


def ways_in(origin: str, session: Session) -> Sequence[Way]:
    """The programs that people use, and plain HTTP."""
    url, name = mcp_address(origin, session), f"playground-{session.id[-6:].lower()}"
    bridged = {"command": "npx", "args": ["-y", _BRIDGE, url, "--transport", "http-only"]}
    added = f"claude mcp add --transport http {name} {url}"
    return [
        Way("mcp", "MCP address", "Any client that speaks streamable HTTP", url),
        Way("claude-code", "Claude Code", "In a terminal", added),
        Way(
            "claude-desktop",
            "Claude Desktop",
            "claude_desktop_config.json; needs Node.js",
            _json({"mcpServers": {name: bridged}}),
        ),
        Way(
            "vscode",
            "VS Code",
            ".vscode/mcp.json",
            _json({"servers": {name: {"type": "http", "url": url}}}),
        ),
        Way("cursor", "Cursor", "~/.cursor/mcp.json", _json({"mcpServers": {name: {"url": url}}})),
        Way("rest", "REST", "In a terminal: the answer as it is written", _curl(origin, session)),
    ]


def _curl(origin: str, session: Session) -> str:
    body = json.dumps({"session_id": session.id, "input": "Hello"})
    return (
        f"curl -N {origin}/v1/chat/stream \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{body}'"
    )


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2)
