"""Settings of an HTTP door."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class DoorSettings(BaseSettings):
    """Who may knock, and how much they may bring."""

    model_config = SettingsConfigDict(env_prefix="PLAYGROUND_", extra="ignore", frozen=True)

    allowed_hosts: str = Field(
        default="",
        description="Host names, comma-separated, that requests may name besides loopback ones.",
    )
    allowed_origins: str = Field(
        default="",
        description=(
            "Origins (scheme://host:port), comma-separated, whose pages may call besides our own."
        ),
    )
    max_body_bytes: int = Field(
        default=2 * 1024 * 1024,
        ge=1024,
        description="The largest request body that is read, in bytes.",
    )

    @property
    def hosts(self) -> frozenset[str]:
        """Every host name that a request may name."""
        return LOOPBACK_NAMES | _listed(self.allowed_hosts)

    @property
    def origins(self) -> frozenset[str]:
        """Origins allowed besides the one that was asked."""
        return _listed(self.allowed_origins)


def _listed(value: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in value.split(",") if part.strip())
