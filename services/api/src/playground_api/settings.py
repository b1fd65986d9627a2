"""Settings of the API and the dashboard."""

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from playground.models import EMBEDDED_DEFAULT
from playground.settings import StoreSettings


class ApiSettings(StoreSettings):
    """What the API needs besides the store and the door.

    It is told which model answers by default, as the chat backend is; it knows no model's key.
    """

    model_config = SettingsConfigDict(
        env_prefix="PLAYGROUND_", extra="ignore", frozen=True, populate_by_name=True
    )

    api_host: str = Field(
        default="127.0.0.1",
        description="The address on which the API listens when it runs alone.",
    )
    port: int = Field(
        default=8080,
        ge=0,
        le=65535,
        description="The one public address: dashboard, REST, /docs, /metrics.",
    )
    chat_model_id: str = Field(
        default="",
        validation_alias=AliasChoices("CHAT_MODEL_ID", "chat_model_id"),
        description="The model of new sessions, as the chat backend is told it.",
    )

    chat_url: str = Field(
        default="http://127.0.0.1:8080",
        description="The chat backend, as session pages, the dashboard and the MCP gateway reach "
        "it.",
    )

    @property
    def default_model(self) -> str:
        """The model of a session for which neither request nor scenario names one."""
        return self.chat_model_id or EMBEDDED_DEFAULT
