"""Dates and times in the cells of a table: held to what the app allows, as browsers hold them."""

from datetime import date, datetime, time
from typing import Any

from arro3.core import DataType

from playground_gateway.bridge.columns import Column

_READ = {"date": date.fromisoformat, "time": time.fromisoformat, "datetime": datetime.fromisoformat}


def has_zone(column: Column) -> bool:
    """Whether its moments are of a time zone."""
    data = column.arrow.type
    return column.kind == "datetime" and DataType.is_timestamp(data) and bool(data.tz)


def refusal_of(column: Column, value: Any) -> str:
    """Why the column does not take that moment; nothing where it takes it, or it is none."""
    if column.kind not in _READ or not isinstance(value, str):
        return ""
    moment: Any = _READ[column.kind](value)
    zoned = getattr(moment, "tzinfo", None) is not None
    if column.kind == "datetime" and zoned != has_zone(column):
        return f"{value!r} is with{'' if zoned else 'out'} an offset from UTC"
    low, high = (_bound(column, name) for name in ("min_value", "max_value"))
    try:
        if low is not None and moment < low:
            return f"{value!r} is before {low.isoformat()}"
        if high is not None and moment > high:
            return f"{value!r} is after {high.isoformat()}"
    except TypeError:  # a bound without a time zone, for moments that have one
        return ""
    return ""


def _bound(column: Column, name: str) -> Any:
    told = column.type_config.get(name)
    try:
        return _READ[column.kind](told) if isinstance(told, str) else None
    except ValueError:
        return None
