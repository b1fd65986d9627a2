"""Who calls, and about which session: read from the request, for limits and for the log."""

from typing import Any, cast

from fastmcp.server.dependencies import get_http_request
from fastmcp.server.middleware import MiddlewareContext

_LONGEST_NAME = 128
_MOST_TARGETS = 10
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


def sessions_asked(arguments: dict[str, Any] | None) -> list[str]:
    """All of them: a comparison names several, each in a target."""
    own, targets = session_asked(arguments), (arguments or {}).get("targets")
    found = [own] if own is not None else []
    for target in cast(list[Any], targets)[:_MOST_TARGETS] if isinstance(targets, list) else []:
        named = cast(dict[str, Any], target).get("session_id") if isinstance(target, dict) else None
        if isinstance(named, str):
            found.append(named[:_LONGEST_NAME])
    return found
