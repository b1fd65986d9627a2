"""What the cells of an editable table's columns take, as JSON Schemas."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from playground_gateway.bridge.columns import Column
from playground_gateway.bridge.widgets.moments import has_zone

_MOST_OPTIONS = 50
"""Of a column with more, they are counted and not listed."""
_BY_KIND: Mapping[str, dict[str, Any]] = {
    "checkbox": {"type": "boolean"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "text": {"type": "string"},
    "link": {"type": "string"},
    "markdown": {"type": "string"},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "list": {"type": "array"},
    "multiselect": {"type": "array"},
}
_NUMBERS = ("integer", "number")


def cell_schema(column: Column) -> dict[str, Any]:
    """The schema that a value of the column has to fit."""
    schema = dict(_BY_KIND.get(column.kind, {}))
    config = column.type_config
    if column.kind in _NUMBERS:
        schema |= _numbers(minimum=config.get("min_value"), maximum=config.get("max_value"))
    if schema.get("type") == "string":
        schema |= _numbers(maxLength=config.get("max_chars"))
    options = [one for one, _ in options_of(column)]
    if column.kind == "selectbox" and options:
        schema["enum"] = options
    if column.kind == "multiselect" and options and not config.get("accept_new_options"):
        schema["items"] = {"enum": options}
    return schema


def told_schema(column: Column) -> dict[str, Any]:
    """The same with all that helps to choose a value, and without what is too long to read."""
    schema = cell_schema(column)
    if len(schema.get("enum", ())) > _MOST_OPTIONS:
        del schema["enum"]
    if column.label not in ("", column.name):
        schema["title"] = column.label
    if column.type_config.get("validate"):
        schema["pattern"] = column.type_config["validate"]
    if column.config.get("default") is not None:
        schema["default"] = column.config["default"]
    if hints := "; ".join(_hints(column)):
        schema["description"] = hints
    return schema


def options_of(column: Column) -> list[tuple[Any, str | None]]:
    """What can be chosen in a column, with the words for it where it has some."""
    told: Any = column.type_config.get("options")
    found: list[tuple[Any, str | None]] = []
    for one in cast(list[Any], told) if isinstance(told, list) else []:
        if isinstance(one, dict):
            option = cast(dict[str, Any], one)
            words = option.get("label")
            found.append((option.get("value"), None if words is None else str(words)))
        else:
            found.append((one, None))
    return found


def _numbers(**bounds: Any) -> dict[str, Any]:
    return {name: one for name, one in bounds.items() if isinstance(one, int | float)}


def _hints(column: Column) -> Iterator[str]:
    config = column.type_config
    if column.config.get("help"):
        yield str(column.config["help"])
    if column.kind not in _NUMBERS:
        bounds = (("from", config.get("min_value")), ("to", config.get("max_value")))
        yield from (f"{word} {at}" for word, at in bounds if at is not None)
    if column.kind == "datetime":
        yield f"with{'' if has_zone(column) else 'out'} an offset from UTC"
    if config.get("step") is not None:
        yield f"in steps of {config['step']}"
    options = options_of(column)
    if len(options) > _MOST_OPTIONS:
        yield f"one of {len(options)} options"
    if words := [words for _, words in options if words is not None]:
        yield f"shown as {', '.join(words[:_MOST_OPTIONS])}"
    if column.config.get("required"):
        yield "needed in a new row"
