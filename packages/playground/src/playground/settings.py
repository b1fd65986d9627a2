"""Settings that several services read. Each adds its own; docs/configuration.md lists all."""

from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

from pydantic import AliasChoices, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class StoreSettings(BaseSettings):
    """Where the product's state is kept, and how a service speaks of itself."""

    model_config = SettingsConfigDict(env_prefix="PLAYGROUND_", extra="ignore", frozen=True)

    redis_password_file: Path | None = Field(
        default=None,
        description="A file with Redis' password, which then need not stand in the URL.",
    )
    redis_url: str = Field(
        default="redis://127.0.0.1:6379/0",
        validate_default=True,
        validation_alias=AliasChoices("REDIS_URL", "PLAYGROUND_REDIS_URL"),
        description="Redis. The embedded stack starts its own unless this is set.",
    )
    tenant: str = Field(
        default="default",
        pattern=r"^[A-Za-z0-9_-]{1,64}$",
        description="Whose data this stack keeps: the first part of every Redis key.",
    )
    retention_days: int = Field(
        default=30,
        ge=1,
        description="How long a conversation stays readable after its last turn, in days.",
    )
    scenarios_dir: Path = Field(
        default=Path("scenarios"), description="The folder of scenario files."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much the services say in their logs."
    )
    drain_s: float = Field(
        default=20,
        ge=0,
        description="Seconds that running turns are given to end when a service stops.",
    )

    max_sessions: int = Field(
        default=50,
        ge=1,
        description="How many sessions may have a page at the same time. One more parks the oldest "
        "idle one.",
    )
    max_sessions_per_user: int = Field(
        default=50, ge=1, description="How many of them may be one user's."
    )

    @field_validator("redis_url")
    @classmethod
    def _with_password(cls, url: str, others: ValidationInfo) -> str:
        """The URL with the password of the file, unless it has one."""
        file: Path | None = others.data.get("redis_password_file")
        parts = urlsplit(url)
        if file is None or parts.password is not None:
            return url
        try:
            password = file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ValueError(f"Redis' password in {file}: {error.strerror}") from error
        place = (
            f"{parts.username or ''}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"
        )
        return parts._replace(netloc=place).geturl()

    @property
    def retention_s(self) -> int:
        """The retention in seconds."""
        return self.retention_days * 86_400
