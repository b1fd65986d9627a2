"""What unfolds below a reply: the calls of its tools, and the places that it cites. Plain HTML.

Texts of tools and documents are strangers' words, so each is escaped. The browser unfolds by
itself, without a run of the script.
"""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from playground_chat.page.words import outside_code

Json = Mapping[str, Any]

_MOST_SHOWN = 8_000
_CITED = re.compile(r"\[(\d{1,4})\](?![(:])")


def tool_calls(calls: Iterable[Json]) -> str:
    """*calls* as lines that unfold to arguments and result; empty for none."""
    lines = "".join(_tool_call(call) for call in calls)
    return f'<div class="calls">{lines}</div>' if lines else ""


def is_running(call: Json) -> bool:
    """Whether the tool of *call* has yet to answer."""
    return not call.get("ended") and "result" not in call and not call.get("error")


def sources(message: Json) -> str:
    """The places that *message* cites as lines that unfold to their text; empty for none."""
    lines = "".join(_source(str(message["id"]), one) for one in message.get("citations") or ())
    return f'<div class="sources">{lines}</div>' if lines else ""


def with_links(text: str, message: Json) -> str:
    """Markdown *text* in which ``[1]`` leads to the place that it cites."""
    known = {str(one["n"]) for one in message.get("citations") or ()}

    def link(match: re.Match[str]) -> str:
        n = match[1]
        return rf"[\[{n}\]](#{_anchor(str(message['id']), n)})" if n in known else match[0]

    return outside_code(text, lambda piece: _CITED.sub(link, piece)) if known else text


def place_in_words(place: Json) -> str:
    """Where a passage stands: ``page 3, Rent > Payment, line 12``."""
    page, heading, line = (place.get(name) for name in ("page", "heading", "line"))
    parts = [f"page {page}" if page else "", heading or "", f"line {line}" if line else ""]
    return ", ".join(part for part in parts if part)


def _tool_call(call: Json) -> str:
    error = call.get("error")
    state, words = "", _duration(call.get("ms"))
    if is_running(call):
        state, words = " is-running", "running…"
    elif error:
        state, words = " is-failed", f"failed {words}".strip()
    answer = error if isinstance(error, str) and not call.get("result") else call.get("result")
    parts = [_block("Arguments", call.get("args"))]
    if not is_running(call):
        parts.append(_block("Error" if error else "Result", answer))
    name = escape(str(call.get("name") or "tool"))
    head = f'<span class="name">{name}</span><span class="state">{words}</span>'
    return f'<details class="call{state}"><summary>{head}</summary>{"".join(parts)}</details>'


def _source(message_id: str, one: Json) -> str:
    name, where = escape(str(one.get("name", ""))), escape(place_in_words(one.get("place") or {}))
    n = escape(str(one.get("n", "")))
    head = f'<span class="name">[{n}] {name}</span><span class="state">{where}</span>'
    text = escape(_cut(str(one.get("text", ""))))
    anchor = escape(_anchor(message_id, n))
    # A browser unfolds what a link leads into; of a link to the fold itself it would only show it.
    place = f'<blockquote id="{anchor}">{text}</blockquote>'
    return f"<details><summary>{head}</summary>{place}</details>"


def _anchor(message_id: str, n: str) -> str:
    return f"source-{message_id}-{n}"


def _block(label: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return f'<p class="label">{label}</p><pre>{escape(_cut(text))}</pre>'


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "\n…"


def _duration(ms: Any) -> str:
    if not isinstance(ms, int | float):
        return ""
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"
