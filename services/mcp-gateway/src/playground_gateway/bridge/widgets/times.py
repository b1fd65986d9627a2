"""Widgets of dates and times. Values are in ISO form here, whatever the release sends."""

from datetime import date, datetime, time
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.kind import is_given, listed, optional, wrong


class Date:
    """date_input, of one date or of a range."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> Any:
        dates = [_iso(text) for text in (body.value if forced else body.default)]
        return dates if body.is_range else next(iter(dates), None)

    def schema(self, body: Proto) -> dict[str, Any]:
        one: dict[str, Any] = {"type": "string", "format": "date", "description": _span(body)}
        if body.is_range:
            return {"type": "array", "items": one, "minItems": 1, "maxItems": 2}
        return optional(one, clearable=_can_be_empty(body))

    def write(self, body: Proto, value: Any, state: Proto) -> Any:
        given = listed(value)
        if value is None and not body.is_range and _can_be_empty(body):
            given = []
        elif not 1 <= len(given) <= (2 if body.is_range else 1):
            raise wrong(body, "one or two dates")
        dates = [self._checked(body, one) for one in given]
        if dates != sorted(dates):
            raise wrong(body, "the earlier date first")
        pattern = "%Y/%m/%d" if _has_slashes(body) else "%Y-%m-%d"
        state.string_array_value.SetInParent()
        state.string_array_value.data.extend(one.strftime(pattern) for one in dates)
        shown = [one.isoformat() for one in dates]
        return shown if body.is_range else next(iter(shown), None)

    def _checked(self, body: Proto, value: Any) -> date:
        try:
            day = date.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise wrong(body, "a date such as 2026-01-31") from error
        low, high = _iso(body.min), _iso(body.max)
        if (low and day.isoformat() < low) or (high and day.isoformat() > high):
            raise wrong(body, f"a date {_span(body)}")
        return day


class TimeOfDay:
    """time_input."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> str | None:
        name = "value" if forced else "default"
        return (getattr(body, name) or None) if is_given(body, name) else None

    def schema(self, body: Proto) -> dict[str, Any]:
        return optional({"type": "string", "format": "time"}, clearable=_can_be_empty_time(body))

    def write(self, body: Proto, value: Any, state: Proto) -> str | None:
        if value is None and _can_be_empty_time(body):
            return None
        try:
            moment = time.fromisoformat(value or "")
        except (TypeError, ValueError) as error:
            raise wrong(body, "a time of day such as 14:30") from error
        exact = getattr(body, "step", 60) % 60 != 0
        state.string_value = moment.strftime("%H:%M:%S" if exact else "%H:%M")
        return state.string_value


class Moment:
    """datetime_input."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> Any:
        moments = [_iso_moment(text) for text in (body.value if forced else body.default)]
        return moments if getattr(body, "is_range", False) else next(iter(moments), None)

    def schema(self, body: Proto) -> dict[str, Any]:
        bounds = f"from {_iso_moment(body.min)} to {_iso_moment(body.max)}"
        one = {"type": "string", "format": "date-time", "description": bounds}
        return optional(one, clearable=_can_be_empty(body))

    def write(self, body: Proto, value: Any, state: Proto) -> str | None:
        state.string_array_value.SetInParent()
        if value is None and _can_be_empty(body):
            return None
        try:
            moment = datetime.fromisoformat(value or "").replace(tzinfo=None)
        except (TypeError, ValueError) as error:
            raise wrong(body, "a date and time such as 2026-01-31T14:30") from error
        shown = moment.isoformat(timespec="minutes")
        if not _iso_moment(body.min) <= shown <= _iso_moment(body.max):
            raise wrong(body, f"a time from {_iso_moment(body.min)} to {_iso_moment(body.max)}")
        pattern = "%Y/%m/%d, %H:%M" if _has_slashes(body) else "%Y-%m-%dT%H:%M"
        state.string_array_value.data.append(moment.strftime(pattern))
        return shown


def _has_slashes(body: Proto) -> bool:
    """Releases differ in how they write a date; the bounds are always there to look at."""
    return "/" in body.min or any("/" in text for text in body.default)


def _iso(text: str) -> str:
    return text.replace("/", "-")


def _iso_moment(text: str) -> str:
    return text.replace("/", "-").replace(", ", "T")[:16]


def _span(body: Proto) -> str:
    high = f" to {_iso(body.max)}" if body.max else ""
    return f"from {_iso(body.min)}{high}"


def _can_be_empty(body: Proto) -> bool:
    return not body.default and not getattr(body, "required", False)


def _can_be_empty_time(body: Proto) -> bool:
    return not is_given(body, "default") and not getattr(body, "required", False)
