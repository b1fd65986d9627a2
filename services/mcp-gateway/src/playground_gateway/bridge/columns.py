"""The columns of a table as a person sees them: which ones, in which order, under which words.

An app says that by `column_config` and `column_order`; browsers decide as it is done here.
"""

import ast
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from arro3.core import Field, Schema
from arro3.io import read_ipc_stream

from playground.errors import InvalidRequest
from playground_gateway.bridge.column_kinds import categories_in, kind_of
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.widgets.kind import has_field, is_given

INDEX = "_index"
"""How an app's configuration, and an edit, name the index."""
_NAMED = 50
"""Of a table with more columns, an error names the first ones."""


@dataclass(frozen=True)
class Column:
    """One column that is shown."""

    arrow: Field
    title: str
    """Its name alone; nothing for an index without one."""
    group: str
    """The names of the levels above it, in a table whose columns have several."""
    is_index: bool
    config: Mapping[str, Any]
    """What the app has said of it: `label`, `help`, `disabled`, `required`, `default` ..."""

    @property
    def field(self) -> str:
        """As the data name it."""
        return self.arrow.name

    @property
    def name(self) -> str:
        """As the app names it in its code."""
        return INDEX if self.is_index else self.title

    @property
    def label(self) -> str:
        """The words above it."""
        words = self.config.get("label")
        words = self.title if words is None else str(words)
        return f"{self.group} / {words}" if self.group else words

    @property
    def type_config(self) -> Mapping[str, Any]:
        """What the app has said of its values: `type`, `options`, `min_value` ..."""
        told = self.config.get("type_config")
        return cast(dict[str, Any], told) if isinstance(told, dict) else {}

    @property
    def kind(self) -> str:
        """As `st.column_config` names it, `integer` and `object` beside."""
        of_data = kind_of(self.arrow)
        told = self.type_config.get("type")
        return of_data if not isinstance(told, str) or _is_said(told, of_data) else told


def _is_said(told: str, of_data: str) -> bool:
    return told == "number" and of_data == "integer"


def columns_of(body: Proto, schema: Schema) -> list[Column]:
    """The columns of that data which the element shows, in their order."""
    config = _config(body)
    there = [_configured(one, place, config) for place, one in _all(schema)]
    shown = [one for one in there if not _is_hidden(body, one)]
    return _ordered(shown, list(getattr(body, "column_order", ())))


def columns_in(body: Proto) -> list[Column]:
    """The columns that an element with a table shows; none where its data cannot be read."""
    try:
        columns = columns_of(body, _schema(body)) if _data(body) else []
        return [_with_categories(body, one) for one in columns]
    except Exception:  # whatever a server sends; its view says nothing of such a table either
        return []


def _with_categories(body: Proto, column: Column) -> Column:
    """What can be chosen in a column of categories, where the app does not say it."""
    if column.kind != "selectbox" or column.type_config.get("options"):
        return column
    options = categories_in(_data(body), column.field)
    told = {**column.type_config, "options": options}
    return replace(column, config={**column.config, "type_config": told})


def buttons_in(body: Proto) -> list[tuple[Column, str]]:
    """The columns whose cells are buttons, and the ids of the widgets that their clicks set."""
    ids: Mapping[str, str] = getattr(body, "button_click_widgets", {})
    if not ids:
        return []
    places = {f"_pos:{place}": one.field for place, one in _all(_schema(body))}
    found: list[tuple[Column, str]] = []
    for column in columns_in(body):
        names = [column.name, *(at for at, field in places.items() if field == column.field)]
        found += [(column, ids[name]) for name in names if name in ids][:1]
    return found


def cell_in(body: Proto, column: Column, row: int) -> Any:
    """What stands in a cell."""
    value: Any = read_ipc_stream(io.BytesIO(_data(body))).read_all().column(column.field)[row]
    return value.as_py()


def rows_in(body: Proto) -> int:
    """How many rows an element's table has."""
    if is_given(body, "lazy_data"):
        return body.lazy_data.row_count
    data = _data(body)
    return read_ipc_stream(io.BytesIO(data)).read_all().num_rows if data else 0


def column_named(columns: list[Column], said: str) -> Column:
    """The column of that name, or under these words if no other is. Raises InvalidRequest."""
    for column in columns:
        if column.name == said:
            return column
    found = [column for column in columns if column.label == said]
    if len(found) == 1:
        return found[0]
    names = ", ".join(repr(column.name) for column in columns[:_NAMED]) or "none"
    raise InvalidRequest(f"There is no column {said[:200]!r} to choose; there are: {names}.")


def arrow_bytes(body: Proto) -> bytes:
    """The Arrow stream in a message: directly, or in an ArrowData (from Streamlit 1.57 on)."""
    if has_field(body, "arrow_data"):
        return body.arrow_data.data
    data = getattr(body, "data", b"")
    return data if isinstance(data, bytes) else b""


def _data(body: Proto) -> bytes:
    """The Arrow stream with a table's rows, or with the first of them."""
    lazy = arrow_bytes(body.lazy_data.initial_chunk) if is_given(body, "lazy_data") else b""
    return lazy or arrow_bytes(body)


def _schema(body: Proto) -> Schema:
    return read_ipc_stream(io.BytesIO(_data(body))).schema


def _config(body: Proto) -> dict[str, dict[str, Any]]:
    """By a column's name, by `_index`, or by its place as `_pos:3`."""
    said = getattr(body, "columns", "")
    try:
        told: Any = json.loads(said) if said and isinstance(said, str) else {}
    except ValueError:
        return {}
    pairs = cast(dict[str, Any], told).items() if isinstance(told, dict) else ()
    return {name: one for name, one in pairs if isinstance(one, dict)}


def _all(schema: Schema) -> list[tuple[int, Column]]:
    """Every column with its place, the index first.

    An index that merely counts the rows has a place, and is in no data and in no view.
    """
    fields = [schema.field(place) for place in range(len(schema))]
    told = schema.metadata_str.get("pandas") if schema.metadata else None
    pandas: dict[str, Any] = json.loads(told) if told else {}
    index: list[Any] = pandas.get("index_columns", [])
    levels = len(pandas.get("column_indexes", [])) or 1
    by_name = {one.name: one for one in fields}
    found = [
        (place, Column(by_name[name], _index_title(name), "", True, {}))
        for place, name in enumerate(index)
        if isinstance(name, str) and name in by_name
    ]
    rest = [one for one in fields if one.name not in index]
    return [*found, *((len(index) + at, _column(one, levels)) for at, one in enumerate(rest))]


def _column(field: Field, levels: int) -> Column:
    """pandas writes the name of a column of several levels as a tuple."""
    parts: Any = (field.name,)
    if levels > 1:
        try:
            parts = ast.literal_eval(field.name)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            parts = (field.name,)
    levels_of = cast(tuple[Any, ...], parts) if isinstance(parts, tuple) else ()
    names = [str(one) for one in levels_of] or [field.name]
    return Column(field, names[-1], " / ".join(filter(None, names[:-1])), False, {})


def _index_title(name: str) -> str:
    """pandas names an index without a name so."""
    return "" if name.startswith("__index_level_") else name


def _configured(column: Column, place: int, config: Mapping[str, dict[str, Any]]) -> Column:
    found: dict[str, Any] = {}
    if column.is_index:
        found |= config.get(INDEX, {})
    found |= config.get(f"_pos:{place}", {})
    if column.title != INDEX:
        found |= config.get(column.title, {})
    return replace(column, config=found)


def _is_hidden(body: Proto, column: Column) -> bool:
    """One that has to be filled in each new row is shown in any case."""
    if column.is_index and getattr(body, "hide_index", False):
        return True
    needed = column.config.get("required") is True and not column.config.get("disabled")
    return column.config.get("hidden") is True and not (needed and editing_mode(body) == "DYNAMIC")


def editing_mode(body: Proto) -> str:
    """How a table may be edited: `READ_ONLY`, `FIXED`, `DYNAMIC` ..."""
    if not has_field(body, "editing_mode"):
        return "READ_ONLY"
    modes = body.DESCRIPTOR.enum_types_by_name["EditingMode"].values_by_number
    return modes[body.editing_mode].name


def _ordered(columns: list[Column], order: list[str]) -> list[Column]:
    if order:
        index = [one for one in columns if one.is_index and one.title not in order]
        kept = [one for one in index if _is_pinned(one)]
        by_title = {one.title: one for one in reversed(columns)}
        columns = [*kept, *(by_title[title] for title in order if title in by_title)]
    return sorted(columns, key=lambda one: not _is_pinned(one))


def _is_pinned(column: Column) -> bool:
    """Pinned ones stand first."""
    pinned = column.config.get("pinned")
    return column.is_index if pinned is None else bool(pinned)
