"""Values of a table's cells as JSON values."""

import base64
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, cast

_LARGEST_EXACT = 2**53


def as_json(value: Any) -> Any:
    """*value* in the nearest form that JSON has."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= _LARGEST_EXACT else str(value)
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            pairs = cast(Mapping[Any, Any], value).items()
            return {str(key): as_json(one) for key, one in pairs}
        case list() | tuple():
            return [as_json(one) for one in cast(list[Any], value)]
        case _:
            return _as_text(value)


def _as_text(value: Any) -> Any:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return str(value)
