"""Settings of the embedded model where it runs alone."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ModelSettings(BaseSettings):
    """Which weights, and the address at which they are served."""

    model_config = SettingsConfigDict(env_prefix="PLAYGROUND_", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path(".playground"),
        description="The folder for everything the embedded stack keeps.",
    )
    embedded_gguf: Path | None = Field(
        default=None, description="Another GGUF file for the embedded model to run on."
    )
    embedded_host: str = Field(
        default="127.0.0.1",
        description="The address on which the embedded model listens when it runs alone.",
    )
    embedded_port: int = Field(
        default=8080, ge=1, le=65_535, description="The embedded model's port when it runs alone."
    )
