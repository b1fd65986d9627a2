"""Values of pandas' own types, periods and intervals, in the words that a person sees."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from arro3.core import Field

from playground_gateway.bridge.column_kinds import EXTENSION

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_SUNDAY = datetime(1969, 12, 28, tzinfo=UTC)
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def words_for(field: Field) -> Callable[[Any], Any]:
    """What turns a value of that column into words; it leaves all others as they are."""
    told = field.metadata_str if field.metadata else {}
    more = cast(dict[str, Any], json.loads(told.get("ARROW:extension:metadata") or "{}"))
    match told.get(EXTENSION):
        case "pandas.period":
            return _period_words(str(more.get("freq", "")))
        case "pandas.interval":
            return _interval_words(str(more.get("closed", "")))
        case _:
            return lambda value: value


def _period_words(frequency: str) -> Callable[[Any], Any]:
    """A period comes as the number of those since 1970."""
    name, _, day = frequency.partition("-")
    if name == "W" and day in _WEEKDAYS:
        return lambda count: count if count is None else _week(count, _WEEKDAYS.index(day))
    words = _PERIODS.get(name)
    return lambda count: count if count is None or words is None else words(count)


def _interval_words(closed: str) -> Callable[[Any], Any]:
    left = "[" if closed in ("both", "left") else "("
    right = "]" if closed in ("both", "right") else ")"
    return lambda span: span and f"{left}{span['left']}, {span['right']}{right}"


def _part_of_year(count: int, parts: int) -> tuple[int, int]:
    year, part = divmod(count, parts)
    return 1970 + year, part + 1


def _month(count: int) -> str:
    year, month = _part_of_year(count, 12)
    return f"{year:04}-{month:02}"


def _quarter(count: int) -> str:
    year, quarter = _part_of_year(count, 4)
    return f"{year:04}Q{quarter}"


def _week(count: int, ends_on: int) -> str:
    end = _A_SUNDAY + timedelta(days=ends_on, weeks=count)
    return f"{(end - timedelta(days=6)).date()}/{end.date()}"


def _begun(form: str, **unit: int) -> Callable[[int], str]:
    return lambda count: (_EPOCH + timedelta(**unit) * count).strftime(form)


_DAY = "%Y-%m-%d"
_PERIODS: Mapping[str, Callable[[int], str]] = {
    **dict.fromkeys("AY", lambda count: str(1970 + count)),
    "Q": _quarter,
    "M": _month,
    "D": _begun(_DAY, days=1),
    **dict.fromkeys("Hh", _begun(f"{_DAY} %H:%M", hours=1)),
    **dict.fromkeys(("T", "min"), _begun(f"{_DAY} %H:%M", minutes=1)),
    **dict.fromkeys("Ss", _begun(f"{_DAY} %H:%M:%S", seconds=1)),
}
"""By pandas' names, older ones and newer; periods of others are shown as they come."""
