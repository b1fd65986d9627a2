"""Widgets whose value is an object: edits of a table, selections in it or a chart, components."""

import json
from collections.abc import Mapping
from typing import Any, cast

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.kind import has_field, wrong

_EDITS = ("edited_rows", "added_rows", "deleted_rows")
_SELECTED = ("rows", "columns", "cells")


class Editor:
    """data_editor: all edits since the table was shown first."""

    acts = "set"

    def value(self, body: Proto, *, forced: bool) -> dict[str, Any]:  # noqa: ARG002
        return {"edited_rows": {}, "added_rows": [], "deleted_rows": []}

    def schema(self, body: Proto) -> dict[str, Any]:  # noqa: ARG002
        row = {"type": "object", "description": "column name: new value"}
        return {
            "type": "object",
            "description": "All edits so far, each call anew; rows are counted from 0.",
            "properties": {
                "edited_rows": {"type": "object", "additionalProperties": row},
                "added_rows": {"type": "array", "items": row},
                "deleted_rows": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            },
            "additionalProperties": False,
        }

    def write(self, body: Proto, value: Any, state: Proto) -> dict[str, Any]:
        edits = _object(body, value, _EDITS)
        edited: Any = edits.get("edited_rows", {})
        added: Any = edits.get("added_rows", [])
        deleted: Any = edits.get("deleted_rows", [])
        if not _is_edits(edited):
            raise wrong(body, 'edited_rows such as {"0": {"column": "new value"}}')
        if not _all(added, dict) or not _all(deleted, int):
            raise wrong(body, "added_rows as a list of rows and deleted_rows as numbers of rows")
        complete = {"edited_rows": edited, "added_rows": added, "deleted_rows": deleted}
        state.string_value = json.dumps(complete)
        return complete

    def read(self, state: Proto) -> Any:
        return json.loads(state.string_value)


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
            properties["columns"] = _list({"type": "string"}, modes, "MULTI_COLUMN")
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


def _is_edits(edited: Any) -> bool:
    return isinstance(edited, dict) and all(
        str(row).isdecimal() and isinstance(cells, dict)
        for row, cells in cast(dict[Any, Any], edited).items()
    )


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
