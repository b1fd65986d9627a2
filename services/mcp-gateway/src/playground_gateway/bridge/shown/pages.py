"""The pages of an app of several, what went wrong on the one that is shown, and its title."""

from typing import Any

from playground.errors import InvalidRequest
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.state import SessionState

_TRACE_LINES = 12


def pages(state: SessionState) -> list[dict[str, Any]]:
    """Each page: `{name, title, current}`; nothing for an app of one page."""
    there = _app_pages(state)
    if len(there) < 2:
        return []
    return [
        {
            "name": one.url_pathname or one.page_name,
            "title": one.page_name.replace("_", " "),
            "current": one.page_script_hash == state.page_hash,
        }
        for one in there
        if not getattr(one, "is_hidden", False) and not getattr(one, "external_url", "")
    ]


def page_hash(state: SessionState, name: str) -> str:
    """The protocol's name of a page. Raises InvalidRequest where there is no such page."""
    there = _app_pages(state)
    wanted = name.strip("/").casefold()
    for one in there:
        names = (one.url_pathname, one.page_name, one.page_name.replace("_", " "))
        if wanted in (each.casefold() for each in names) or (not wanted and one.is_default):
            return one.page_script_hash
    titles = ", ".join(repr(one["name"]) for one in pages(state)) or "none but this one"
    raise InvalidRequest(f"There is no page {name[:100]!r}; there are: {titles}.")


def _app_pages(state: SessionState) -> list[Proto]:
    """What the app has told of its pages; old releases tell those of a folder at its start."""
    for kind in ("navigation", "pages_changed", "new_session"):
        message = state.latest.get(kind)
        told = getattr(message, kind) if message is not None else None
        if told is not None and "app_pages" in told.DESCRIPTOR.fields_by_name:
            return list(told.app_pages)
    return []


def errors(state: SessionState) -> list[dict[str, Any]]:
    """Exceptions that the page shows, and the one for which its script cannot be compiled."""
    found = [node.body for node in state.tree if node.kind == "exception"]
    if state.compile_error is not None:
        found.append(state.compile_error)
    return [
        {
            "type": one.type,
            "message": one.message,
            "trace": list(one.stack_trace)[-_TRACE_LINES:],
        }
        for one in found
        if not one.is_warning
    ]


def title(state: SessionState) -> str:
    """The title that the app has given its page, if it has."""
    config = state.latest.get("page_config_changed")
    return config.page_config_changed.title if config is not None else ""
