"""Widgets that choose among options: selectbox, radio, multiselect, rows of buttons, feedback.

An option is named by its text. Releases send it as a text or as its place among the options; which
of the two tells whether their message has a field of raw values.
"""

from collections.abc import Sequence
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.kind import (
    has_field,
    is_given,
    listed,
    optional,
    wrong,
)


class One:
    """selectbox and radio."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> str | None:
        if forced and is_given(body, "raw_value"):
            return body.raw_value
        name = "value" if forced else "default"
        return option_at(body.options, getattr(body, name)) if is_given(body, name) else None

    def schema(self, body: Proto) -> dict[str, Any]:
        free = bool(getattr(body, "accept_new_options", False))
        schema: dict[str, Any] = {"type": "string"}
        if not free:
            schema["enum"] = list(body.options)
        return optional(schema, clearable=_clearable(body))

    def write(self, body: Proto, value: Any, state: Proto) -> str | None:
        options = list(body.options)
        if value is None and _clearable(body):
            return None
        if not isinstance(value, str) or (value not in options and not _takes_new(body)):
            raise wrong(body, f"one of {named(options)}")
        if has_field(body, "raw_value"):
            state.string_value = value
        else:
            state.int_value = options.index(value)
        return value


class Many:
    """multiselect."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> list[str]:
        if forced and has_field(body, "raw_values"):
            return list(body.raw_values)
        return _options_at(body.options, body.value if forced else body.default)

    def schema(self, body: Proto) -> dict[str, Any]:
        items: dict[str, Any] = {"type": "string"}
        if not _takes_new(body):
            items["enum"] = list(body.options)
        limit = {"maxItems": body.max_selections} if body.max_selections else {}
        return {"type": "array", "items": items, "uniqueItems": True, **limit}

    def write(self, body: Proto, value: Any, state: Proto) -> list[str]:
        options = list(body.options)
        chosen = _chosen(body, value, options, new=_takes_new(body))
        if body.max_selections and len(chosen) > body.max_selections:
            raise wrong(body, f"at most {body.max_selections} options")
        _write_many(body, chosen, options, state)
        return chosen


class Buttons:
    """pills and segmented_control, and feedback where it was made of the same buttons."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> Any:
        if forced and has_field(body, "raw_values"):
            chosen = list(body.raw_values)
        else:
            chosen = _options_at(button_texts(body), body.value if forced else body.default)
        return chosen if _many(body) else next(iter(chosen), None)

    def schema(self, body: Proto) -> dict[str, Any]:
        option: dict[str, Any] = {"type": "string", "enum": button_texts(body)}
        if _many(body):
            return {"type": "array", "items": option, "uniqueItems": True}
        return optional(option, clearable=not getattr(body, "required", False))

    def write(self, body: Proto, value: Any, state: Proto) -> Any:
        options = button_texts(body)
        given = value if _many(body) else [] if value is None else [value]
        chosen = _chosen(body, given, options, new=False)
        _write_many(body, chosen, options, state)
        return chosen if _many(body) else next(iter(chosen), None)


class Feedback:
    """feedback: a thumb, a face or a number of stars, counted from 0."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> int | None:
        name = "value" if forced else "default"
        return getattr(body, name) if is_given(body, name) else None

    def schema(self, body: Proto) -> dict[str, Any]:
        return optional(
            {"type": "integer", "minimum": 0, "maximum": _steps(body) - 1}, clearable=True
        )

    def write(self, body: Proto, value: Any, state: Proto) -> int | None:
        if value is None:
            state.string_value = ""
            return None
        if type(value) is not int or not 0 <= value < _steps(body):
            raise wrong(body, f"a whole number from 0 to {_steps(body) - 1}")
        state.string_value = str(value)
        return value


def named(options: Sequence[str], most: int = 20) -> str:
    """The options in a sentence."""
    if not options:
        return "its options, of which there are none"
    listed = ", ".join(repr(option) for option in options[:most])
    return listed + (f" and {len(options) - most} more" if len(options) > most else "")


def option_at(options: Sequence[str], place: int) -> str | None:
    """The option at that place, if there is one."""
    return options[place] if 0 <= place < len(options) else None


def button_texts(body: Proto) -> list[str]:
    """What names the buttons: text, icon, or, where those are alike (stars), the place."""
    texts = [_button_text(option, raw=has_field(body, "raw_values")) for option in body.options]
    return texts if len(set(texts)) == len(texts) else [str(place) for place in range(len(texts))]


def _button_text(option: Proto, *, raw: bool) -> str:
    """A raw value is the option as the app wrote it, its icon included."""
    icon = getattr(option, "content_icon", "")
    if raw:
        return f"{icon} {option.content}".strip()
    return option.content or icon


def _options_at(options: Sequence[str], places: Sequence[int]) -> list[str]:
    found = [option_at(options, place) for place in places]
    return [option for option in found if option is not None]


def _chosen(body: Proto, value: Any, options: list[str], *, new: bool) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in listed(value)):
        raise wrong(body, f"a list of some of {named(options)}")
    chosen = list(dict.fromkeys(listed(value)))
    unknown = [one for one in chosen if one not in options]
    if unknown and not new:
        raise wrong(body, f"some of {named(options)}, not {unknown[0]!r}")
    return chosen


def _write_many(body: Proto, chosen: list[str], options: list[str], state: Proto) -> None:
    """An empty choice has to be said too: without the array the app's default would hold."""
    if has_field(body, "raw_values"):
        state.string_array_value.SetInParent()
        state.string_array_value.data.extend(chosen)
    else:
        state.int_array_value.SetInParent()
        state.int_array_value.data.extend(options.index(one) for one in chosen)


def _clearable(body: Proto) -> bool:
    """A radio or selectbox that began with a choice cannot be emptied."""
    return not is_given(body, "default") and not getattr(body, "required", False)


def _takes_new(body: Proto) -> bool:
    return bool(getattr(body, "accept_new_options", False))


def _many(body: Proto) -> bool:
    modes = body.DESCRIPTOR.enum_types_by_name["ClickMode"].values_by_name
    return body.click_mode == modes["MULTI_SELECT"].number


def _steps(body: Proto) -> int:
    kinds = body.DESCRIPTOR.enum_types_by_name["FeedbackType"].values_by_number
    return 2 if kinds[body.type].name == "THUMBS" else 5
