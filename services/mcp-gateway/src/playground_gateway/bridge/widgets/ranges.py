"""Widgets moved along a scale: sliders of numbers, of times and of options; page numbers."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.choices import named, option_at
from playground_gateway.bridge.widgets.kind import has_field, listed, wrong
from playground_gateway.bridge.widgets.plain import number_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMATS = {"DATETIME": "date-time", "DATE": "date", "TIME": "time"}


class Slider:
    """slider and select_slider, of one value or of two."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> Any:
        if _of_options(body):
            shown = _chosen_options(body, forced=forced)
        else:
            shown = [_shown(body, place) for place in (body.value if forced else body.default)]
        return shown if _is_range(body) else next(iter(shown), None)

    def schema(self, body: Proto) -> dict[str, Any]:
        one = _schema_of_one(body)
        if not _is_range(body):
            return one
        return {"type": "array", "items": one, "minItems": 2, "maxItems": 2}

    def write(self, body: Proto, value: Any, state: Proto) -> Any:
        expected = f"{'two values' if _is_range(body) else 'a value'} {_scale(body)}"
        given = listed(value)
        if len(given) != (2 if _is_range(body) else 1):
            raise wrong(body, expected)
        if _of_options(body):
            _write_options(body, given, state)
        else:
            places = [_place(body, one, expected) for one in given]
            if places != sorted(places):
                raise wrong(body, "the lower value first")
            state.double_array_value.data.extend(places)
        return given if _is_range(body) else given[0]


class Pagination:
    """pagination: the number of a page, counted from 1."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> int:
        return body.value if forced else body.default

    def schema(self, body: Proto) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": body.num_pages}

    def write(self, body: Proto, value: Any, state: Proto) -> int:
        number = int(number_of(body, value, whole=True))
        if not 1 <= number <= body.num_pages:
            raise wrong(body, f"a page from 1 to {body.num_pages}")
        state.int_value = number
        return number


def _of_options(body: Proto) -> bool:
    kinds = body.DESCRIPTOR.enum_types_by_name["Type"].values_by_name
    return body.type == kinds["SELECT_SLIDER"].number


def _is_range(body: Proto) -> bool:
    return len(body.default) == 2


def _data_type(body: Proto) -> str:
    return body.DESCRIPTOR.enum_types_by_name["DataType"].values_by_number[body.data_type].name


def _schema_of_one(body: Proto) -> dict[str, Any]:
    if _of_options(body):
        return {"type": "string", "enum": list(body.options)}
    kind = _data_type(body)
    low, high = _shown(body, body.min), _shown(body, body.max)
    if kind in _FORMATS:
        bounds = f"from {low} to {high}"
        return {"type": "string", "format": _FORMATS[kind], "description": bounds}
    schema = {"type": "integer" if kind == "INT" else "number", "minimum": low, "maximum": high}
    return {**schema, "description": f"in steps of {_number(body, body.step)}"}


def _scale(body: Proto) -> str:
    if _of_options(body):
        return f"out of {named(list(body.options))}"
    return f"from {_shown(body, body.min)} to {_shown(body, body.max)}"


def _chosen_options(body: Proto, *, forced: bool) -> list[str | None]:
    if forced and has_field(body, "raw_value") and body.raw_value:
        return list(body.raw_value)
    places = body.value if forced else body.default
    return [option_at(body.options, int(place)) for place in places]


def _write_options(body: Proto, given: Sequence[Any], state: Proto) -> None:
    options = list(body.options)
    if not all(one in options for one in given):
        raise wrong(body, f"{'two' if _is_range(body) else 'one'} of {named(options)}")
    places = [options.index(one) for one in given]
    if places != sorted(places):
        raise wrong(body, "the lower option first")
    if has_field(body, "raw_value"):
        state.string_array_value.data.extend(given)
    else:
        state.double_array_value.data.extend(places)


def _shown(body: Proto, place: float) -> Any:
    """Times go over the wire as microseconds since 1970."""
    kind = _data_type(body)
    if kind not in _FORMATS:
        return _number(body, place)
    moment = (_EPOCH + timedelta(microseconds=int(place))).replace(tzinfo=None)
    match kind:
        case "DATE":
            return moment.date().isoformat()
        case "TIME":
            return moment.time().isoformat()
        case _:
            return moment.isoformat()


def _number(body: Proto, place: float) -> float | int:
    return int(place) if _data_type(body) == "INT" else place


def _place(body: Proto, value: Any, expected: str) -> float:
    kind = _data_type(body)
    if kind not in _FORMATS:
        place = number_of(body, value, whole=kind == "INT")
    else:
        try:
            place = _microseconds(body, kind, value)
        except (TypeError, ValueError) as error:
            raise wrong(body, expected) from error
    if not body.min <= place <= body.max:
        raise wrong(body, expected)
    return place


def _microseconds(body: Proto, kind: str, value: str) -> float:
    """A time of day is on the day on which the slider's scale begins."""
    match kind:
        case "DATE":
            moment = datetime.combine(date.fromisoformat(value), time())
        case "TIME":
            day = (_EPOCH + timedelta(microseconds=int(body.min))).date()
            moment = datetime.combine(day, time.fromisoformat(value))
        case _:
            moment = datetime.fromisoformat(value)
    return (moment.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
