"""Tables as they come over the wire (Arrow), read page by page."""

import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from arro3.core import Table as ArrowTable
from arro3.io import read_ipc_stream

from playground_gateway.bridge.columns import Column, arrow_bytes, columns_of
from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.shown.cells import as_json
from playground_gateway.bridge.shown.spans import words_for
from playground_gateway.bridge.tree import Node
from playground_gateway.bridge.values import Values
from playground_gateway.bridge.widgets.catalogue import widget_of
from playground_gateway.bridge.widgets.editing import Editor

log = logging.getLogger(__name__)

TABLES = ("dataframe", "table", "arrow_data_frame", "arrow_table")
"""The kinds of elements that are tables."""


@dataclass(frozen=True)
class Edits:
    """What has been put into an editable table; a row that was deleted is left empty."""

    cells: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """By the number of a row, and by the name of a column."""
    added: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    deleted: frozenset[int] = frozenset()

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "Edits":
        """The edits in a data_editor's value."""
        deleted = frozenset(value.get("deleted_rows", ()))
        return cls(value.get("edited_rows", {}), value.get("added_rows", []), deleted)

    def edited(self, at: int, names: list[str], row: list[Any]) -> list[Any]:
        """A row as it is now."""
        if at in self.deleted:
            return [None] * len(row)
        cells = self.cells.get(str(at), {})
        return [cells.get(name, one) for name, one in zip(names, row, strict=True)]


@dataclass(frozen=True)
class Table:
    """Columns as a person sees them, the index first."""

    columns: list[str]
    """The words above them."""
    parts: list[ArrowTable]
    """What was sent at first, and rows that were added since."""
    fields: list[str]
    """The names of the columns in the parts."""
    names: list[str]
    """The names of the columns in the app."""
    of_rows: int | None = None
    """How many there are at the server, where it sends only some."""
    edits: Edits = field(default_factory=Edits)

    @property
    def rows(self) -> int:
        """How many rows are here."""
        return self._sent + len(self.edits.added)

    def page(self, offset: int, limit: int) -> list[list[Any]]:
        """Rows as JSON values, by column."""
        found: list[list[Any]] = []
        at = offset
        for part in self.parts:
            if at < part.num_rows and limit > len(found):
                count = min(limit - len(found), part.num_rows - at)
                found += _rows(part.slice(at, count), self.fields)
            at = max(0, at - part.num_rows)
        edited = [self.edits.edited(offset + n, self.names, row) for n, row in enumerate(found)]
        added = self.edits.added[max(0, offset - self._sent) :]
        return (edited + [[row.get(name) for name in self.names] for row in added])[:limit]

    @property
    def _sent(self) -> int:
        return sum(part.num_rows for part in self.parts)


def table_shown(node: Node, values: Values) -> Table | None:
    """The table that an element shows, with what has been put into it since."""
    table = table_of(node)
    widget = widget_of(node)
    if table is None or widget is None or not isinstance(widget.kind, Editor):
        return table
    return replace(table, edits=Edits.of(values.of(widget)))


def table_of(node: Node) -> Table | None:
    """The table that an element shows; None if it shows none, or one that cannot be read."""
    if node.kind not in TABLES:
        return None
    body = node.body
    added = [message.delta.arrow_add_rows.data.data for message in node.rows]
    of_rows = None
    data = arrow_bytes(body)
    if "lazy_data" in body.DESCRIPTOR.fields_by_name and body.HasField("lazy_data"):
        of_rows = body.lazy_data.row_count
        data = arrow_bytes(body.lazy_data.initial_chunk) or data
    return read_table([data, *added], of_rows, body)


def read_table(
    streams: list[bytes], of_rows: int | None = None, shown_by: Proto = None
) -> Table | None:
    """The table in these Arrow streams, one after the other, as that element shows it."""
    parts: list[ArrowTable] = []
    columns: list[Column] = []
    try:
        parts = [read_ipc_stream(io.BytesIO(data)).read_all() for data in streams if data]
        columns = columns_of(shown_by, parts[0].schema) if parts else []
    except Exception as error:  # whatever a server sends: it must not hide the rest of the page
        log.warning("a table cannot be read: %s", type(error).__name__)
    if not parts:
        return None
    labels = [one.label for one in columns]
    fields, names = [one.field for one in columns], [one.name for one in columns]
    return Table(labels, parts, fields, names, of_rows)


def _rows(part: ArrowTable, fields: list[str]) -> list[list[Any]]:
    columns = [_column(part, name) for name in fields]
    if not columns:
        return [[] for _ in range(part.num_rows)]
    return [list(row) for row in zip(*columns, strict=True)]


def _column(part: ArrowTable, name: str) -> list[Any]:
    if name not in part.column_names:
        return [None] * part.num_rows
    column: Any = part.column(name)
    try:
        words = words_for(column.field)
        return [as_json(words(value.as_py())) for value in column]
    except Exception:  # a type that has no value in Python, or a time zone that is not known here
        return [str(value) for value in column]
