"""data_editor: edits of a table, checked cell by cell against what its columns take.

Streamlit itself checks none of them: an unknown column or row raises in the app with every run, and
a value of another type becomes an empty cell.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from playground.errors import InvalidRequest
from playground_gateway.bridge.columns import (
    Column,
    column_named,
    columns_in,
    editing_mode,
    rows_in,
)
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.cells import cell_schema, options_of, told_schema
from playground_gateway.bridge.widgets.kind import wrong
from playground_gateway.bridge.widgets.moments import refusal_of

_MOST = 50
"""Of a wider table, a schema lists the first columns."""
_SEEN_ONLY = frozenset(
    {
        *("area_chart", "audio", "bar_chart", "button", "image", "json", "line_chart"),
        *("object", "progress", "video"),
    }
)
"""Kinds of columns that nobody can edit."""
_SHAPE = Draft202012Validator(
    {
        "type": "object",
        "properties": {
            "edited_rows": {"type": "object", "additionalProperties": {"type": "object"}},
            "added_rows": {"type": "array", "items": {"type": "object"}},
            "deleted_rows": {"type": "array", "items": {"type": "integer"}},
        },
    }
)
"""What a tab may say of a table whose columns it alone knows."""


def _accepts(read: Callable[[str], Any]) -> Callable[[object], bool]:
    """Whether *read* makes something of a text; what is none is another rule's matter."""

    def check(value: object) -> bool:
        return not isinstance(value, str) or read(value) is not None

    return check


_FORMATS = FormatChecker(formats=())
for _format, _read in (
    ("date", date.fromisoformat),
    ("time", time.fromisoformat),
    ("date-time", datetime.fromisoformat),
):
    _FORMATS.checks(_format, ValueError)(_accepts(_read))


class Editor:
    """All edits since the table was shown first."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> dict[str, Any]:  # noqa: ARG002
        return {"edited_rows": {}, "added_rows": [], "deleted_rows": []}

    def schema(self, body: Proto) -> dict[str, Any]:
        columns = _editable(body)
        told = {one.name: told_schema(one) for one in columns[:_MOST]}
        row: dict[str, Any] = {"type": "object", "properties": told}
        if len(columns) > _MOST:
            row["description"] = f"and {len(columns) - _MOST} more columns"
        return {**_edits(body, None), "$defs": {"row": row}}

    def write(self, body: Proto, value: Any, state: Proto) -> dict[str, Any]:
        columns = _editable(body)
        edits = _named(body, columns, value)
        _check(body, columns, edits)
        added = [{**_defaults(body), **row} for row in edits["added_rows"]]
        complete = {**edits, "added_rows": added}
        state.string_value = json.dumps(complete)
        return complete

    def read(self, state: Proto) -> Any:
        value: Any = json.loads(state.string_value)
        if not _SHAPE.is_valid(value):
            raise ValueError("no edits of a table")
        return value


def _editable(body: Proto) -> list[Column]:
    return [
        one
        for one in columns_in(body)
        if not one.config.get("disabled") and one.kind not in _SEEN_ONLY
    ]


def _edits(body: Proto, rows: int | None) -> dict[str, Any]:
    """The schema of all edits, of a table of so many rows where that is said."""
    mode = editing_mode(body)
    row = {"$ref": "#/$defs/row"}
    place: dict[str, Any] = {"type": "integer", "minimum": 0}
    properties: dict[str, Any] = {
        "edited_rows": {
            "type": "object",
            "description": "By the number of a row",
            "additionalProperties": row,
        }
    }
    if mode in ("DYNAMIC", "ADD_ONLY"):
        properties["added_rows"] = {"type": "array", "items": row}
    if mode in ("DYNAMIC", "DELETE_ONLY"):
        last = {} if rows is None else {"maximum": rows - 1}
        properties["deleted_rows"] = {"type": "array", "items": {**place, **last}}
    return {
        "type": "object",
        "description": "All edits so far, each call anew; rows are counted from 0. "
        "null empties a cell.",
        "properties": properties,
        "additionalProperties": False,
    }


def _named(body: Proto, columns: list[Column], value: Any) -> dict[str, Any]:
    """The edits with the columns' own names, whole. Raises InvalidRequest."""
    edits: dict[str, Any] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []}
    if not isinstance(value, dict) or not set(cast(dict[str, Any], value)) <= set(edits):
        raise wrong(body, f"an object with {', '.join(edits)}")
    edits |= {name: one for name, one in cast(dict[str, Any], value).items() if one}
    edited: Any = edits["edited_rows"]
    added: Any = edits["added_rows"]
    if not isinstance(edited, dict) or not isinstance(added, list):
        raise wrong(body, "edited_rows by their numbers and added_rows as a list of rows")
    rows = cast(dict[Any, Any], edited)
    edits["edited_rows"] = {str(at): _row(body, columns, row) for at, row in rows.items()}
    edits["added_rows"] = [_row(body, columns, row) for row in cast(list[Any], added)]
    return edits


def _row(body: Proto, columns: list[Column], row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise wrong(body, 'a row as an object such as {"column": "new value"}')
    cells: dict[str, Any] = {}
    for said, value in cast(dict[Any, Any], row).items():
        column = column_named(columns, str(said))
        if value is None and column.config.get("required"):
            raise wrong(body, f"a value in {column.name!r}, which cannot be empty")
        cells[column.name] = _option(column, value)
    return cells


def _option(column: Column, value: Any) -> Any:
    """The value behind the words of an option, or of each option in a list."""
    if isinstance(value, list):
        return [_option(column, one) for one in cast(list[Any], value)]
    options = options_of(column)
    if any(one == value for one, _ in options):
        return value
    return next((one for one, words in options if words is not None and words == value), value)


def _check(body: Proto, columns: list[Column], edits: dict[str, Any]) -> None:
    """Raises InvalidRequest for rows that are not there and for values of a wrong kind."""
    if not any(edits.values()):
        return
    rows = rows_in(body)
    schema = _edits(body, rows)
    cells = {one.name: cell_schema(one) for one in columns}
    schema["$defs"] = {"row": {"type": "object", "properties": cells}}
    given = {name: _filled(edits[name]) for name in edits if edits[name]}
    validator = Draft202012Validator(schema, format_checker=_FORMATS)
    errors: list[ValidationError] = list(validator.iter_errors(given))
    if errors:
        place = " / ".join(map(str, errors[0].absolute_path))
        raise wrong(body, f"what its value_schema says; {place}: {errors[0].message[:500]}")
    for at in edits["edited_rows"]:
        if not at.isdecimal() or int(at) >= rows:
            raise InvalidRequest(f"There is no row {at[:50]!r} to edit: there are {rows}, from 0.")
    for row in [*edits["edited_rows"].values(), *edits["added_rows"]]:
        _refuse_moments(body, columns, row)
    for row in edits["added_rows"]:
        _refuse_incomplete(body, columns, row)


def _filled(part: Any) -> Any:
    """Without the cells that are emptied."""
    if isinstance(part, dict):
        pairs = cast(dict[str, Any], part).items()
        return {name: _filled(one) for name, one in pairs if one is not None}
    return [_filled(one) for one in cast(list[Any], part)] if isinstance(part, list) else part


def _refuse_moments(body: Proto, columns: list[Column], row: Mapping[str, Any]) -> None:
    """An app drops them without a word."""
    for column in columns:
        if refusal := refusal_of(column, row.get(column.name)):
            raise wrong(body, f"in {column.name!r} what its value_schema says: {refusal}")


def _refuse_incomplete(body: Proto, columns: list[Column], row: Mapping[str, Any]) -> None:
    """A browser keeps such a row back until it is complete."""
    given = {**_defaults(body), **row}
    needed = [one.name for one in columns if one.config.get("required")]
    missing = [name for name in needed if given.get(name) is None]
    if missing:
        raise wrong(body, f"{', '.join(map(repr, missing))} in every new row")


def _defaults(body: Proto) -> dict[str, Any]:
    """What a new row begins with."""
    defaults = {one.name: one.config.get("default") for one in columns_in(body)}
    return {name: value for name, value in defaults.items() if value is not None}
