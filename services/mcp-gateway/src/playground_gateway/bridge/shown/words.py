"""What an element says, in words: one function for each kind that is no widget.

To add a kind: a function from its message to lines, and its name in `_SAID`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.shown.html import text_in_html
from playground_gateway.bridge.tree import Node

LONGEST = 4_000
"""Characters of one text that an outline shows; all of it is app_data's."""

LONGEST_HELP = 800
MOST_MEMBERS = 30


def said_by(node: Node) -> str:
    """The words of an element, which may be several lines; nothing for what says nothing."""
    say = _SAID.get(node.kind)
    if say is None:
        return "" if node.kind in _SILENT else f"[{node.kind}]"
    return say(node.body)


def text_of(node: Node) -> str | None:
    """The whole text of an element that is one; None for all others."""
    field = _TEXTS.get(node.kind)
    return getattr(node.body, field) if field else None


def enum_name(message: Proto, field: str) -> str:
    """The protocol's word for the value of an enum field, in small letters."""
    kind = message.DESCRIPTOR.fields_by_name[field].enum_type
    return kind.values_by_number[getattr(message, field)].name.lower()


def _markdown(body: Proto) -> str:
    match enum_name(body, "element_type"):
        case "caption":
            return f"({body.body})"
        case "divider":
            return "---"
        case "latex":
            return f"$${body.body.strip('$').strip()}$$"
        case _:
            return body.body


def _heading(body: Proto) -> str:
    level = int(body.tag[1:]) if body.tag[1:].isdecimal() else 1
    return f"{'#' * level} {body.body}"


def _alert(body: Proto) -> str:
    title = f"{body.title}: " if getattr(body, "title", "") else ""
    return f"[{enum_name(body, 'format')}] {title}{body.body}"


def _exception(body: Proto) -> str:
    word = "warning" if body.is_warning else "exception"
    return f"[{word}] {body.type}: {body.message}"


def _metric(body: Proto) -> str:
    change = f" ({body.delta})" if body.delta else ""
    return f"{body.label}: {body.body}{change}"


def _progress(body: Proto) -> str:
    return f"[progress {body.value}%] {body.text}".strip()


def _images(body: Proto) -> str:
    captions = [one.caption or getattr(one, "alt", "") for one in body.imgs]
    told = ", ".join(caption for caption in captions if caption)
    return f"[{len(captions)} image{'s' if len(captions) != 1 else ''}] {told}".strip()


def _link(body: Proto) -> str:
    return f"[link] {body.label}: {body.url}"


def _page_link(body: Proto) -> str:
    return f"[page link] {body.label}{f': {body.page}' if body.external else ''}"


def _iframe(body: Proto) -> str:
    inside = body.src if body.WhichOneof("type") == "src" else text_in_html(body.srcdoc)
    return f"[iframe] {inside}".strip()


def _help(body: Proto) -> str:
    """What `st.help` tells of an object: the names of its members, of which there may be many."""
    names = [member.name for member in getattr(body, "members", ())]
    lines = [f"[help] {body.name} {body.type} {body.value[:LONGEST_HELP]}".strip()]
    lines += body.doc_string[:LONGEST_HELP].splitlines()
    if len(body.doc_string) > LONGEST_HELP:
        lines[-1] += f"… [{len(body.doc_string) - LONGEST_HELP} more characters]"
    if names:
        more = f" and {len(names) - MOST_MEMBERS} more" if len(names) > MOST_MEMBERS else ""
        lines.append(f"members: {', '.join(names[:MOST_MEMBERS])}{more}")
    return "\n".join(lines)


def _code(body: Proto) -> str:
    return f"```{body.language}\n{body.code_text}\n```"


_SAID: Mapping[str, Callable[[Any], str]] = {
    "alert": _alert,
    "audio": lambda body: f"[audio] {getattr(body, 'alt', '')}".strip(),
    "code": _code,
    "doc_string": _help,
    "exception": _exception,
    "heading": _heading,
    "help_info": _help,
    "html": lambda body: f"[html] {body.body}",
    "iframe": _iframe,
    "imgs": _images,
    "json": lambda body: body.body,
    "link_button": _link,
    "markdown": _markdown,
    "metric": _metric,
    "page_link": _page_link,
    "progress": _progress,
    "spinner": lambda body: f"[busy] {body.text}",
    "text": lambda body: body.body,
    "toast": lambda body: f"[toast] {body.body}",
    "video": lambda body: f"[video] {getattr(body, 'alt', '')}".strip(),
}
_SILENT = ("balloons", "empty", "favicon", "skeleton", "snow", "space")
_TEXTS = {
    "alert": "body",
    "code": "code_text",
    "doc_string": "doc_string",
    "exception": "message",
    "help_info": "doc_string",
    "html": "body",
    "json": "body",
    "markdown": "body",
    "text": "body",
}
