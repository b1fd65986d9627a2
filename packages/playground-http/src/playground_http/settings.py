"""Settings of an HTTP door."""

from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


def _loopback(address: str) -> str:
    try:
        alone = ip_address(address.strip("[]")).is_loopback
    except ValueError:
        alone = address == "localhost"
    if not alone:
        raise ValueError(
            f"{address!r} is not a loopback address. The playground asks nobody who they are, so "
            "it is published on this machine alone: at 127.0.0.1, ::1 or localhost."
        )
    return address


LoopbackAddress = Annotated[str, AfterValidator(_loopback)]
"""An address that only this machine can reach."""


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

    bind: LoopbackAddress = Field(
        default="127.0.0.1",
        description="The address of this machine at which the containers' ports are published. "
        "Only loopback, until there is access control: every other one is refused.",
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
