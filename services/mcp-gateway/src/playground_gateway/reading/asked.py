"""What providers of things to read have in common: nothing is known before a client asks."""

from collections.abc import Sequence

from fastmcp.server.providers import Provider
from fastmcp.utilities.components import FastMCPComponent


class AskedProvider(Provider):
    """Lists what the doors tell at that moment.

    FastMCP asks every provider for its background tasks when it starts, by listing all it has;
    the doors may be this very process, which does not answer yet.
    """

    async def get_tasks(self) -> Sequence[FastMCPComponent]:
        """None."""
        return []
