"""Widgets of one plain value: texts, colours, numbers, checkboxes."""

import math
import re
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.kind import has_field, is_given, optional, wrong

_USUAL_STEPS = (0, 1, 0.01)
"""Of numbers: none, or those that an app has not chosen."""


class Text:
    """text_input and text_area."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> str | None:
        name = "value" if forced else "default"
        return getattr(body, name) if is_given(body, name) else None

    def schema(self, body: Proto) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string"}
        if body.max_chars:
            schema["maxLength"] = body.max_chars
        if getattr(body, "validate_regex", ""):
            schema["pattern"] = body.validate_regex
        if getattr(body, "validate_message", ""):
            schema["description"] = body.validate_message
        if is_password(body):
            schema["writeOnly"] = True
        return optional(schema, clearable=_can_be_empty(body))

    def write(self, body: Proto, value: Any, state: Proto) -> Any:
        if value is None and _can_be_empty(body):
            return None
        if not isinstance(value, str):
            raise wrong(body, "a text")
        if body.max_chars and len(value) > body.max_chars:
            raise wrong(body, f"at most {body.max_chars} characters")
        state.string_value = value
        return value


class Color:
    """color_picker."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> str:
        return body.value if forced else body.default

    def schema(self, body: Proto) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}

    def write(self, body: Proto, value: Any, state: Proto) -> str:
        if not isinstance(value, str) or not re.fullmatch("#[0-9a-fA-F]{6}", value):
            raise wrong(body, "a colour such as #12ab9f")
        state.string_value = value
        return value


class Check:
    """checkbox and toggle."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> bool:
        return body.value if forced else body.default

    def schema(self, body: Proto) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "boolean"}

    def write(self, body: Proto, value: Any, state: Proto) -> bool:
        if not isinstance(value, bool):
            raise wrong(body, "true or false")
        state.bool_value = value
        return value


class Number:
    """number_input."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> float | int | None:
        name = "value" if forced else "default"
        return _shown(body, getattr(body, name)) if is_given(body, name) else None

    def schema(self, body: Proto) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer" if _whole(body) else "number"}
        if body.has_min:
            schema["minimum"] = _shown(body, body.min)
        if body.has_max:
            schema["maximum"] = _shown(body, body.max)
        if body.step not in _USUAL_STEPS:
            schema["description"] = f"in steps of {_shown(body, body.step)}"
        return optional(schema, clearable=_can_be_empty(body))

    def write(self, body: Proto, value: Any, state: Proto) -> Any:
        if value is None and _can_be_empty(body):
            return None
        number = number_of(body, value, whole=_whole(body))
        if (body.has_min and number < body.min) or (body.has_max and number > body.max):
            raise wrong(body, f"a number {_between(body)}")
        if _whole(body):
            state.int_value = int(number)
        else:
            state.double_value = number
        return _shown(body, number)


def number_of(body: Proto, value: Any, *, whole: bool) -> float:
    """*value* as a number. Raises InvalidRequest."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        raise wrong(body, "a whole number" if whole else "a number")
    if whole and value != int(value):
        raise wrong(body, "a whole number")
    return float(value)


def is_password(body: Proto) -> bool:
    """Whether it is a text that nobody is to read on the screen."""
    if not has_field(body, "type") or body.DESCRIPTOR.name != "TextInput":
        return False
    kinds = body.DESCRIPTOR.enum_types_by_name["Type"].values_by_name
    return body.type == kinds["PASSWORD"].number


def _whole(body: Proto) -> bool:
    return (
        body.data_type
        == body.DESCRIPTOR.enum_types_by_name["DataType"].values_by_name["INT"].number
    )


def _shown(body: Proto, number: float) -> float | int:
    return int(number) if _whole(body) else number


def _between(body: Proto) -> str:
    low = f"from {_shown(body, body.min)}" if body.has_min else ""
    high = f"to {_shown(body, body.max)}" if body.has_max else ""
    return f"{low} {high}".strip()


def _can_be_empty(body: Proto) -> bool:
    return not is_given(body, "default") and not getattr(body, "required", False)
