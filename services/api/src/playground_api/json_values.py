"""Free JSON that a client may hand in (inputs, context): what can be kept, and what cannot."""

import json
from typing import Annotated, Any, cast

from pydantic import AfterValidator

MAX_DEPTH = 50


def storable(value: dict[str, Any]) -> dict[str, Any]:
    """*value*, if it can be written as JSON in UTF-8 and read again. Raises ValueError."""
    if _depth(value) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ValueError("holds text that is not Unicode (half of a surrogate pair)") from None
    except ValueError:
        raise ValueError("holds a number that JSON has not (NaN or Infinity)") from None
    return value


JsonObject = Annotated[dict[str, Any], AfterValidator(storable)]


def size_of(value: dict[str, Any]) -> int:
    """How many bytes *value* has as compact JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _depth(value: object) -> int:
    """Levels of nesting, counted without recursion: the value comes from a stranger."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [below for one in level for below in _children(one)]
        if deepest > MAX_DEPTH:
            break
    return deepest


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(cast(dict[str, object], value).values())
    return list(cast(list[object], value)) if isinstance(value, list) else []
