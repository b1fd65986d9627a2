"""Widgets whose value is an object: selections in a table or a chart, custom components."""

import json
from collections.abc import Mapping
from typing import Any, cast

from playground_gateway.bridge.columns import column_named, columns_in, rows_in
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.kind import has_field, wrong

_SELECTED = ("rows", "columns", "cells")
_MOST_COLUMNS = 50
"""Of a wider table, the columns are not listed beside what its view says."""


class Selection:
    """dataframe with a selection: the rows, columns and cells that are selected."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> dict[str, Any]:
        name = "selection_state" if forced else "selection_default"
        said = getattr(body, name, "") if has_field(body, name) else ""
        found: dict[str, Any] = json.loads(said).get("selection", {}) if said else {}
        return {name: found.get(name, []) for name in _SELECTED}

    def schema(self, body: Proto) -> dict[str, Any]:
        modes = selection_modes(body)
        properties: dict[str, Any] = {}
        if any(mode.endswith(("ROW", "ROW_REQUIRED")) for mode in modes):
            properties["rows"] = _list({"type": "integer", "minimum": 0}, modes, "MULTI_ROW")
        if any(mode.endswith("COLUMN") for mode in modes):
            properties["columns"] = _list(_column_names(body), modes, "MULTI_COLUMN")
        if any(mode.endswith("CELL") for mode in modes):
            cell = {"type": "array", "description": "[row, column]"}
            properties["cells"] = _list(cell, modes, "MULTI_CELL")
        return {"type": "object", "properties": properties, "additionalProperties": False}

    def write(self, body: Proto, value: Any, state: Proto) -> dict[str, Any]:
        allowed: dict[str, Any] = self.schema(body)["properties"]
        wanted = _object(body, value, tuple(allowed))
        complete: dict[str, list[Any]] = {name: [] for name in _SELECTED}
        for name, chosen in wanted.items():
            kind = {"rows": int, "columns": str, "cells": list}[name]
            if not _all(chosen, kind) or len(chosen) > allowed[name].get("maxItems", len(chosen)):
                raise wrong(body, f"{name} as its value_schema says")
            complete[name] = list(chosen)
        _name(body, complete)
        state.string_value = json.dumps({"selection": complete})
        return complete

    def read(self, state: Proto) -> Any:
        found: dict[str, Any] = json.loads(state.string_value).get("selection", {})
        return {name: found.get(name, []) for name in _SELECTED}


class ChartSelection:
    """A chart whose points can be selected, as the app's selection object has them.

    *nothing*: what the app finds there while nothing is selected, as the browser sends it.
    """

    acts = "set"

    def __init__(self, nothing: Mapping[str, Any]) -> None:
        self._nothing = nothing

    def value(self, body: Proto, *, forced: bool) -> dict[str, Any]:  # noqa: ARG002
        return {}

    def schema(self, body: Proto) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "object", "description": "The selection, as the app would be given it."}

    def write(self, body: Proto, value: Any, state: Proto) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise wrong(body, "an object")
        chosen = cast(dict[str, Any], value)
        complete = {**self._nothing, **chosen.get("selection", chosen)}
        state.string_value = json.dumps({"selection": complete})
        return chosen

    def read(self, state: Proto) -> Any:
        return json.loads(state.string_value)


class Component:
    """A custom component: any JSON value, which it alone understands."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> None:  # noqa: ARG002
        return None

    def schema(self, body: Proto) -> dict[str, Any]:
        return {
            "description": f"{body.component_name} is a custom component, which runs in browsers "
            "alone: any JSON value, given to the app as if the component had sent it."
        }

    def write(self, body: Proto, value: Any, state: Proto) -> Any:  # noqa: ARG002
        state.json_value = json.dumps(value)
        return value

    def read(self, state: Proto) -> Any:
        return json.loads(state.json_value)


def selection_modes(body: Proto) -> list[str]:
    """The names of the ways in which a table or chart lets things be selected."""
    if not has_field(body, "selection_mode"):
        return []
    modes = body.DESCRIPTOR.enum_types_by_name.get("SelectionMode")
    return [modes.values_by_number[mode].name if modes else mode for mode in body.selection_mode]


def _column_names(body: Proto) -> dict[str, Any]:
    """The schema of one of them."""
    columns = [one for one in columns_in(body) if not one.is_index]
    schema: dict[str, Any] = {"type": "string"}
    if len(columns) <= _MOST_COLUMNS:
        schema["enum"] = [one.name for one in columns]
    words = [f"{one.name} as {one.label}" for one in columns if one.label != one.name]
    if words:
        schema["description"] = f"shown: {', '.join(words[:_MOST_COLUMNS])}"
    return schema


def _name(body: Proto, chosen: dict[str, list[Any]]) -> None:
    """Put the columns' own names for the words above them. Raises InvalidRequest."""
    if not any(chosen.values()):
        return
    columns = [one for one in columns_in(body) if not one.is_index]
    chosen["columns"] = [column_named(columns, one).name for one in chosen["columns"]]
    cells: list[Any] = []
    for cell in chosen["cells"]:
        if len(cell) != 2 or not _all([cell[0]], int) or not isinstance(cell[1], str):
            raise wrong(body, "cells as [row, column]")
        cells.append([cell[0], column_named(columns, cell[1]).name])
    chosen["cells"] = cells
    rows = rows_in(body)
    if any(row >= rows for row in [*chosen["rows"], *(cell[0] for cell in cells)]):
        raise wrong(body, f"rows from 0 to {rows - 1}")


def _list(items: dict[str, Any], modes: list[str], many: str) -> dict[str, Any]:
    return {"type": "array", "items": items, **({} if many in modes else {"maxItems": 1})}


def _object(body: Proto, value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict) or not set(cast(dict[str, Any], value)) <= set(names):
        raise wrong(body, f"an object with {', '.join(names)}")
    return cast(dict[str, Any], value)


def _all(values: Any, kind: type) -> bool:
    return isinstance(values, list) and all(
        isinstance(one, kind) and not (kind is int and (isinstance(one, bool) or one < 0))
        for one in cast(list[Any], values)
    )
