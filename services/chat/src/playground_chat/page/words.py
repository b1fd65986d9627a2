"""Texts of a conversation made fit to be shown: marks, endings, Markdown that stays here."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from playground_chat.page.backend_client import Refused

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
    return outside_code(text, _tamed)


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Markdown *text*, changed wherever it is no code."""
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += [change(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*pieces, change(text[end:])])


def refusal(error: Refused) -> str:
    """A refusal in words for the person at the page."""
    if error.code == "session_ended":
        return "This session has ended."
    fields = " ".join(f"{name.removeprefix('inputs.')} {said}." for name, said in error.errors)
    return f"{error.detail} {fields}".strip()


def _tamed(text: str) -> str:
    return _MONEY.sub(r"\\$", _IMAGE.sub(r"\\!", text))
