"""Who is asking: every session and every turn belongs to a principal of a tenant."""

from dataclasses import dataclass

DEFAULT_TENANT = "default"


@dataclass(frozen=True)
class Principal:
    """A person, program or page, and the tenant whose data it may see."""

    name: str
    tenant: str = DEFAULT_TENANT


LOCAL = Principal("local")
"""The one principal of a stack without access control: whoever can reach the loopback address."""
