"""What a scenario may say about tools: names, and MCP servers by their address or their command."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(max_length=1_000)]
Address = Annotated[str, Field(pattern=r"^https?://[^\s@]+$", max_length=1_000)]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_SECRET = re.compile(r"\$\{(PLAYGROUND_TOOL_[A-Z0-9_]+)\}")


class McpServer(BaseModel):
    """An MCP server: at `url`, or one that `command` starts and speaks with by its pipes.

    The values of `headers` and `env` may hold ``${PLAYGROUND_TOOL_...}``: variables of the chat
    backend's own environment, so that a key never stands in a file. No other variable is read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")]
    url: Address | None = None
    headers: dict[str, Text] = {}
    command: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    args: Annotated[list[Text], Field(max_length=50)] = []
    env: dict[str, Text] = {}
    only: Annotated[list[str], Field(max_length=200)] = []
    """Which of its tools are offered; all of them where this is empty."""

    @model_validator(mode="after")
    def _is_one(self) -> "McpServer":
        if (self.url is None) == (self.command is None):
            raise ValueError("a server of tools has a url or a command, and not both")
        return self


class OwnServer(BaseModel):
    """The MCP server of a scenario, for clients of its sessions: at `url`, or beside their page.

    The values of `headers` may hold ``${PLAYGROUND_TOOL_...}``, of the MCP gateway's environment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Address | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Where it listens in the session's own container."""
    path: Annotated[str, Field(pattern=r"^/[A-Za-z0-9._~/-]*$", max_length=300)] = "/mcp"
    """With `port`."""
    headers: dict[str, Text] = {}

    @model_validator(mode="after")
    def _is_one(self) -> "OwnServer":
        if (self.url is None) == (self.port is None):
            raise ValueError("a server of its own has a url or a port, and not both")
        return self


def _name_or_address(value: str) -> str:
    if _NAME.fullmatch(value) or (value.startswith(("http://", "https://")) and "@" not in value):
        return value
    raise ValueError("the name of a tool, or the address of an MCP server (http://...)")


ToolSource = Annotated[str, Field(max_length=1_000), AfterValidator(_name_or_address)] | McpServer
"""The name of one of the playground's own tools, an MCP server's address, or all about a server."""


def server_at(address: str) -> McpServer:
    """The server that a mere *address* means, named after its host."""
    host = re.sub(r"[^a-z0-9]+", "-", (urlsplit(address).hostname or "").lower())
    return McpServer(name=host.strip("-")[:31] or "server", url=address)


def is_address(source: str) -> bool:
    """Whether a text among `tools` is an address and not a name."""
    return "://" in source


def secrets_named(template: str) -> list[str]:
    """The variables that *template* wants put in."""
    return _SECRET.findall(template)


def with_secrets(template: str, environment: dict[str, str]) -> str:
    """*template* with its variables; those that are not set are empty."""
    return _SECRET.sub(lambda match: environment.get(match[1], ""), template)
