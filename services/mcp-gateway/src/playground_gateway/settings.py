"""Settings of the MCP gateway."""

import socket
from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class GatewaySettings(BaseSettings):
    """What the gateway needs besides the store and the door."""

    model_config = SettingsConfigDict(
        env_prefix="PLAYGROUND_", extra="ignore", frozen=True, populate_by_name=True
    )

    gateway_host: str = Field(
        default="127.0.0.1",
        description="The address on which the MCP gateway listens when it runs alone.",
    )
    gateway_port: int = Field(
        default=8090,
        ge=0,
        le=65535,
        description="The MCP gateway's port when it runs alone.",
    )
    api_url: str = Field(
        default="http://127.0.0.1:8080",
        description="The API, as the MCP gateway reaches it.",
    )
    chat_url: str = Field(
        default="http://127.0.0.1:8080",
        description="The chat backend, as session pages, the dashboard and the MCP gateway reach "
        "it.",
    )
    files_root: str = Field(
        default="",
        validation_alias=AliasChoices("FILES_ROOT", "files_root"),
        description="The folder whose files the MCP tools `list_dir` and `read_text` show. "
        "Without it they show nothing.",
    )
    pages_url: str = Field(
        default="",
        description="The edge's address by which the MCP gateway reaches the pages of chat "
        "sessions, below `/s/<slot>/`. Without it, it asks the pages themselves.",
    )
    apps_url: str = Field(
        default="",
        description="The same for the pages of `kind: app` sessions.",
    )
    app_page_idle_s: float = Field(
        default=600,
        gt=0,
        description="Seconds after which the MCP gateway leaves a page that no tool has looked at, "
        "and an app's page that nobody has open.",
    )
    app_pages: int = Field(
        default=64,
        ge=1,
        description="How many pages the MCP gateway keeps open for tools at the same time.",
    )
    gateway_address: str = Field(
        default="",
        description="Where the other replicas of the MCP gateway reach this one, such as "
        "`http://10.0.0.7:8090`. Without it, the machine's own address and "
        "PLAYGROUND_GATEWAY_PORT.",
    )
    mcp_compare_targets: int = Field(
        default=6, ge=1, le=6, description="How many targets one `compare` over MCP may have."
    )

    mcp_launches_per_minute: int = Field(
        default=10,
        ge=1,
        description="How many sessions one MCP client may launch or fork in a minute. A client is "
        "who calls itself by one name; replicas count together.",
    )
    mcp_sessions_per_client: int = Field(
        default=20,
        ge=1,
        description="How many sessions that one MCP client has launched may live at the same time.",
    )
    mcp_read_only: bool = Field(
        default=False,
        description="MCP clients may look, and change nothing: tools that do are neither shown nor "
        "carried out.",
    )
    mcp_scenarios: str = Field(
        default="",
        description="Names of the scenarios, comma-separated, that MCP clients may launch, talk to "
        "and read. Without any, all.",
    )

    @property
    def own_address(self) -> str:
        """Where the other replicas reach this one."""
        if self.gateway_address:
            return self.gateway_address.rstrip("/")
        host = self.gateway_host
        if host in ("0.0.0.0", "::"):
            try:
                host = socket.gethostbyname(socket.gethostname())
            except OSError:
                host = "127.0.0.1"
        return f"http://{host}:{self.gateway_port}"

    @property
    def mcp_allowed_scenarios(self) -> frozenset[str]:
        """The names in PLAYGROUND_MCP_SCENARIOS; none where all are allowed."""
        return frozenset(name.strip() for name in self.mcp_scenarios.split(",") if name.strip())

    @property
    def files_folder(self) -> Path | None:
        """The folder of FILES_ROOT, if there is one."""
        return Path(self.files_root) if self.files_root.strip() else None
