"""The documents of one session, as its own address lists them and completes their ids."""

from typing import Any

from playground_gateway.doors import Doors, session_path

LISTED_DOCUMENTS = 100
"""How many documents the list names, the newest first; all others can be read by their id."""


async def listed_documents(doors: Doors, session_id: str) -> list[dict[str, Any]]:
    """Those that the list names."""
    found = await doors.chat("GET", session_path(session_id, "/documents"))
    return found["items"][: -LISTED_DOCUMENTS - 1 : -1]
