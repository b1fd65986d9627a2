"""Settings of the API and the dashboard."""

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from playground.models import default_model
from playground.settings import StoreSettings


class ApiSettings(StoreSettings):
    """What the API needs besides the store and the door."""

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
        description="The model that answers where nothing else is chosen: `provider:name`.",
    )
    openai_api_key: SecretStr = Field(
        default=SecretStr(""),
        validation_alias=AliasChoices("OPENAI_API_KEY", "openai_api_key"),
        description="The key for models of OpenAI or of a compatible server.",
    )

    @property
    def default_model(self) -> str:
        """The model of a session for which neither request nor scenario names one."""
        chosen = {
            "CHAT_MODEL_ID": self.chat_model_id,
            "OPENAI_API_KEY": self.openai_api_key.get_secret_value(),
        }
        return default_model(chosen)
