"""What the editor says about a field that is wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from playground.errors import InvalidRequest
from playground_api.dashboard.editor_form import LINES, Filled, joined, places

_PATTERNS = {
    "name": "Small letters, digits and hyphens, beginning with a letter or a digit.",
    "key": "Small letters, digits and underscores, beginning with a letter.",
    "fallbacks": "A model is one word: provider:name.",
}
_EMPTY = "Write something here."
_UNFINISHED = ("missing", "string_too_short")


def messages(error: ValidationError, filled: Filled, *, finished: bool = True) -> dict[str, str]:
    """The first complaint for each field of the form, by its name there.

    While the form is not *finished*, what is empty yet is no mistake.
    """
    found: dict[str, str] = {}
    rows = places(filled)
    for one in error.errors():
        if not finished and _is_empty(one["type"], one["msg"]):
            continue
        place = _place(one["loc"], one["msg"], rows)
        found.setdefault(place, _said(one["type"], one["msg"], place, one.get("ctx", {})))
    return found


def refusals(error: InvalidRequest, filled: Filled) -> dict[str, str]:
    """The same for what is valid, but may not be said by somebody's own scenario."""
    rows = places(filled)
    return {
        _place(tuple(_part(p) for p in one.field.split(".")), "", rows): one.message
        for one in error.errors
    }


def _place(loc: Sequence[int | str], message: str, rows: Sequence[int]) -> str:
    if not loc:
        return "system_prompt" if "system_prompt" in message else "form"
    first = str(loc[0])
    if first in LINES:
        return first
    if first == "inputs" and len(loc) > 1:
        row = rows[int(loc[1])] if int(loc[1]) < len(rows) else loc[1]
        below = [part for part in loc[2:3] if isinstance(part, str)]
        return joined(("inputs", row, *below))
    return joined(loc[:2])


def _said(kind: str, message: str, place: str, context: Mapping[str, Any]) -> str:
    field = place.rpartition(".")[2]
    if kind in _UNFINISHED:
        return _EMPTY
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(field, message)

    def limit(name: str) -> str:
        return f"{context[name]:g}" if name in context else ""

    limits = {
        "string_too_long": f"At most {limit('max_length')} characters.",
        "too_long": f"At most {limit('max_length')}.",
        "greater_than_equal": f"At least {limit('ge')}.",
        "greater_than": f"More than {limit('gt')}.",
        "less_than_equal": f"At most {limit('le')}.",
        "int_parsing": "A whole number.",
        "int_from_float": "A whole number.",
        "float_parsing": "A number.",
    }
    said = message.removeprefix("Value error, ")
    return limits.get(kind) or f"{said[:1].upper()}{said[1:]}."


def _is_empty(kind: str, message: str) -> bool:
    needed = ("needs a system_prompt", "needs options", "needs min and max")
    return kind in _UNFINISHED or any(words in message for words in needed)


def _part(part: str) -> int | str:
    return int(part) if part.isdigit() else part
