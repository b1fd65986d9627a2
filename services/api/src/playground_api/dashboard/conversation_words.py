"""The dashboard's words for what was said: by which door, how it ended, what it cost."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from playground.conversation.model import Door, Message, Outcome

DOORS: Mapping[Door, str] = {
    Door.PAGE: "page",
    Door.REST: "REST",
    Door.WS: "WebSocket",
    Door.MCP: "MCP",
    Door.OPENAI: "OpenAI API",
}

ENDINGS: Mapping[Outcome, str] = {
    Outcome.CANCELLED: "Stopped.",
    Outcome.INTERRUPTED: "Interrupted: the chat service was restarted in the middle of this reply.",
    Outcome.FAILED: "This reply could not be finished.",
}
_MOST_SHOWN = 8_000


def ending(reply: Message) -> str:
    """What to say under a reply that did not end well; empty for any other."""
    words = ENDINGS.get(reply.status, "")
    detail = str((reply.error or {}).get("detail", "")) if reply.status is Outcome.FAILED else ""
    return f"{words} {detail}".strip()


def totals(replies: Iterable[Message | None]) -> str:
    """What all of them took together, in the same words."""
    total: dict[str, int | float] = {}
    for reply in replies:
        for name, value in ((reply.usage if reply else None) or {}).items():
            total[name] = total.get(name, 0) + value
    return _usage_in_words(total)


def usage(reply: Message) -> str:
    """Tokens, and what they cost where the price is known."""
    return _usage_in_words(reply.usage or {})


def _usage_in_words(told: Mapping[str, int | float]) -> str:
    """``1,204 in, 90 out tokens · $0.0012``."""
    parts: list[str] = []
    for key, name in (("input_tokens", "in"), ("output_tokens", "out")):
        if key in told:
            parts.append(f"{told[key]:,} {name}")
    words = f"{', '.join(parts)} tokens" if parts else ""
    cost = told.get("cost_usd")
    return f"{words} · ${cost:.4f}" if cost else words


def place(citation: Mapping[str, Any]) -> str:
    """Where a cited passage stands: ``page 3, Rent > Payment, line 12``."""
    found: Mapping[str, Any] = citation.get("place") or {}
    page, heading, line = (found.get(name) for name in ("page", "heading", "line"))
    parts = [f"page {page}" if page else "", str(heading or ""), f"line {line}" if line else ""]
    return ", ".join(part for part in parts if part)


def as_text(value: Any) -> str:
    """What a tool was given or gave, to be read; a long one is cut."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "\n…"


def milliseconds(ms: float) -> str:
    """A short time: ``340 ms``, ``2.1 s``."""
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"
