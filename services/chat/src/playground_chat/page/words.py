"""Texts of a conversation made fit to be shown: marks, endings, Markdown that stays here."""

import re
from collections.abc import Mapping
from typing import Any

_DOORS = {"rest": "REST", "ws": "WebSocket", "mcp": "MCP", "openai": "OpenAI API"}

_ENDINGS = {
    "cancelled": "Stopped.",
    "interrupted": "Interrupted: the chat service was restarted in the middle of this reply.",
    "failed": "This reply could not be finished.",
}

# Code is left as it is: a fence (closed or still open), or a run of backquotes and its twin.
_CODE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)|\Z)|(?P<ticks>`+).+?(?P=ticks)",
    re.DOTALL | re.MULTILINE,
)
_IMAGE = re.compile(r"!(?=\[)")
_MONEY = re.compile(r"(?<![\\$])\$(?=\d)")


def door_mark(message: Mapping[str, Any]) -> str | None:
    """By which other door a message came, or None for this page's own."""
    door = str(message.get("door", "page"))
    return None if door == "page" else f"via {_DOORS.get(door, door)}"


def ending(message: Mapping[str, Any]) -> str | None:
    """What to say under a reply that did not end well, or None."""
    status = str(message.get("status", "complete"))
    words = _ENDINGS.get(status)
    if words is None or status != "failed":
        return words
    error: Mapping[str, Any] = message.get("error") or {}
    detail = error.get("detail", "")
    return f"{words} {detail}".strip()


def readable(text: str) -> str:
    """A model's Markdown made fit for the page; `$5` is money, not a formula.

    Images become links: a page that fetched them would tell strangers what was said here.
    """
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += [_tamed(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*pieces, _tamed(text[end:])])


def _tamed(text: str) -> str:
    return _MONEY.sub(r"\\$", _IMAGE.sub(r"\\!", text))
