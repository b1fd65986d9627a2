"""Settings of the embedded stack."""

from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from playground_http.settings import LoopbackAddress


class StackSettings(BaseSettings):
    """What `playground up` composes, and where it keeps its data."""

    model_config = SettingsConfigDict(env_prefix="PLAYGROUND_", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path(".playground"),
        description="The folder for everything the embedded stack keeps.",
    )
    port: int = Field(
        default=8080,
        ge=1,
        le=65535,
        description="The one public address: dashboard, REST, /docs, /metrics.",
    )
    bind: LoopbackAddress = Field(
        default="127.0.0.1",
        description="The stack listens on loopback alone; another address is refused.",
    )
    redis_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("REDIS_URL", "PLAYGROUND_REDIS_URL"),
        description="Redis. The embedded stack starts its own unless this is set.",
    )
    scenarios_dir: Path = Field(
        default=Path("scenarios"), description="The folder of scenario files."
    )
    embedded_model: bool = Field(
        default=True,
        description="Whether the embedded stack runs the model that ships as a package.",
    )
    embedded_gguf: Path | None = Field(
        default=None, description="Another GGUF file for the embedded model to run on."
    )

    stop_with_parent: bool = Field(
        default=False,
        description="Whether the stack ends with the process that started it (`make up` asks so).",
    )

    @property
    def models_folder(self) -> Path:
        """Where fetched weights are kept."""
        return self.data_dir / "models"
