"""Who calls, and about which session: read from the request, for limits and for the log."""

from typing import Any

from fastmcp.server.dependencies import get_http_request
from fastmcp.server.middleware import MiddlewareContext

_LONGEST_NAME = 128
UNNAMED = "unnamed"


def client_name(context: MiddlewareContext[Any]) -> str:
    """The name that the client gives itself, with its handshake or with every request."""
    asked = context.fastmcp_context
    told = asked.session.client_params if asked is not None else None
    return (told.client_info.name if told is not None else "")[:_LONGEST_NAME] or UNNAMED


def session_asked(arguments: dict[str, Any] | None) -> str | None:
    """The session that a call is about: it stands in its arguments, or in the address."""
    named = (arguments or {}).get("session_id")
    if named is None:
        named = get_http_request().path_params.get("session_id")
    return named[:_LONGEST_NAME] if isinstance(named, str) else None
