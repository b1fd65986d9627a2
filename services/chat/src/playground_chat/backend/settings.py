"""Settings of the chat backend: its address, its models, how long and how much a turn may take."""

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from playground.models import default_model
from playground_chat.backend.engine.prices import read_prices
from playground_chat.backend.tools.kinds import Kind


class ChatSettings(BaseSettings):
    """What the chat backend needs besides the store and the door."""

    model_config = SettingsConfigDict(
        env_prefix="PLAYGROUND_", extra="ignore", frozen=True, populate_by_name=True
    )

    chat_host: str = Field(
        default="127.0.0.1",
        description="The address on which the chat backend listens when it runs alone.",
    )
    chat_port: int = Field(
        default=8000, ge=0, le=65535, description="The chat backend's port when it runs alone."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080",
        description="The one public address: apps are found below it, and pages of "
        "parked sessions link there.",
    )
    chat_model_id: str = Field(
        default="",
        validation_alias=AliasChoices("CHAT_MODEL_ID", "chat_model_id"),
        description="The model that answers where nothing else is chosen: `provider:name`. "
        "Without it: gpt-4o-mini where there is an OPENAI_API_KEY, else the embedded model.",
    )
    openai_api_key: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("OPENAI_API_KEY", "openai_api_key"),
        description="The key for models of OpenAI or of a compatible server.",
    )
    openai_base_url: str = Field(
        default="",
        validation_alias=AliasChoices("OPENAI_BASE_URL", "openai_base_url"),
        description="A server that speaks OpenAI's protocol, in the place of OpenAI's own.",
    )
    embedded_url: str = Field(
        default="",
        description="The embedded model's server (ends in /v1); set by the embedded stack.",
    )
    embedded_key: SecretStr = Field(
        default=SecretStr(""),
        description="The embedded model server's key; made by the embedded stack.",
    )
    embedded_max_tokens: int = Field(
        default=256, ge=1, description="The longest answer of the embedded model, in tokens."
    )
    embedded_history_tokens: int = Field(
        default=6_000,
        ge=256,
        description="How much prompt and history the embedded model is given, in estimated tokens.",
    )
    history_tokens: int = Field(
        default=16_000,
        ge=256,
        description="How much prompt and history a model is given whose window is not known, in "
        "estimated tokens.",
    )
    most_history_tokens: int = Field(
        default=64_000,
        ge=256,
        description="The same for models whose window is known: three quarters of it, but no more "
        "than this.",
    )
    model_stall_s: float = Field(
        default=60, gt=0, description="Seconds of silence after which a model counts as gone."
    )
    model_retries: int = Field(
        default=2,
        ge=0,
        le=10,
        description="How often a model is asked again that refuses for a while (429), fails (5xx) "
        "or breaks off before its first word. Then the scenario's `fallbacks` are asked.",
    )
    prices_file: Path | None = Field(
        default=None,
        description="A TOML file of prices, which go before the ones that are known: "
        '`"provider:name" = {input = 0.15, cached = 0.075, output = 0.60}`, in US dollars for a '
        "million tokens.",
    )
    turn_limit_s: float = Field(
        default=300, gt=0, description="The longest that one turn may take."
    )
    max_message_bytes: int = Field(
        default=256 * 1024,
        ge=1024,
        description="The largest message that is taken, in bytes of UTF-8.",
    )

    use_mcp_in_chat: bool = Field(
        default=True,
        validation_alias=AliasChoices("USE_MCP_IN_CHAT", "use_mcp_in_chat"),
        description="Whether answers may use the tools of MCP servers at every door. `false`: at "
        "`/v1/agent/chat/stream` alone.",
    )
    mcp_server_url: str = Field(
        default="http://localhost:8080/mcp",
        pattern=r"^https?://[^\s]+$",
        validation_alias=AliasChoices("MCP_SERVER_URL", "mcp_server_url"),
        description="The MCP server whose tools conversations have by themselves.",
    )
    mcp_transport: Kind = Field(
        default="streamable_http",
        validation_alias=AliasChoices("MCP_TRANSPORT", "mcp_transport"),
        description="How MCP servers with an address are spoken to: `streamable_http` or `sse`.",
    )
    tool_commands: bool = Field(
        default=False,
        description="Whether scenarios may name MCP servers that are commands. They run in the "
        "chat backend; the embedded stack allows them, as it allows scripts of apps.",
    )
    tool_timeout_s: float = Field(
        default=30, gt=0, description="Seconds within which a tool has to answer."
    )
    tool_rounds: int = Field(
        default=8, ge=1, le=50, description="How often in one turn a model may ask for tools."
    )
    tool_result_chars: int = Field(
        default=20_000,
        ge=100,
        description="How much of a tool's answer the model and the log are given, in characters.",
    )

    max_document_bytes: int = Field(
        default=20 * 1024 * 1024, ge=1024, description="The largest document that is taken."
    )
    max_documents: int = Field(
        default=50, ge=1, description="How many documents a conversation may have."
    )
    document_max_chunks: int = Field(
        default=4_000,
        ge=1,
        description="The longest document that is taken, in passages of up to 900 characters.",
    )
    embedding_model: str = Field(
        default="embedded:all-minilm-l6-v2",
        description="By which documents are found: `provider:name`, as LangChain's "
        "`init_embeddings` knows them, or the embedded model, which ships as a package.",
    )
    document_read_s: float = Field(
        default=60, gt=0, description="Seconds within which a document has to be read."
    )
    document_read_mb: int = Field(
        default=512, ge=128, description="The memory that the reading of a document may take."
    )

    @field_validator("prices_file")
    @classmethod
    def _prices_are_readable(cls, file: Path | None) -> Path | None:
        read_prices(file, openai_is_elsewhere=False)
        return file

    @property
    def default_model(self) -> str:
        """The model that answers where neither request nor session names one."""
        chosen = {
            "CHAT_MODEL_ID": self.chat_model_id,
            "OPENAI_API_KEY": self.openai_api_key.get_secret_value(),
        }
        return default_model(chosen)
