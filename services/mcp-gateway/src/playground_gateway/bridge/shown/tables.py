"""Tables as they come over the wire (Arrow), read page by page."""

import io
import json
import logging
from dataclasses import dataclass
from typing import Any

from arro3.core import Table as ArrowTable
from arro3.io import read_ipc_stream

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.shown.cells import as_json
from playground_gateway.bridge.tree import Node

log = logging.getLogger(__name__)

TABLES = ("dataframe", "table", "arrow_data_frame", "arrow_table")
"""The kinds of elements that are tables."""


@dataclass(frozen=True)
class Table:
    """Columns by name, the index first, as a reader sees them."""

    columns: list[str]
    parts: list[ArrowTable]
    """What was sent at first, and rows that were added since."""
    fields: list[str]
    """The names of the columns in the parts."""
    of_rows: int | None = None
    """How many there are at the server, where it sends only some."""

    @property
    def rows(self) -> int:
        """How many rows are here."""
        return sum(part.num_rows for part in self.parts)

    def page(self, offset: int, limit: int) -> list[list[Any]]:
        """Rows as JSON values, by column."""
        found: list[list[Any]] = []
        for part in self.parts:
            if offset < part.num_rows and limit > len(found):
                count = min(limit - len(found), part.num_rows - offset)
                found += _rows(part.slice(offset, count), self.fields)
            offset = max(0, offset - part.num_rows)
        return found


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
    return read_table([data, *added], of_rows)


def arrow_bytes(body: Proto) -> bytes:
    """The Arrow stream in a message: directly, or in an ArrowData (from Streamlit 1.57 on)."""
    fields = body.DESCRIPTOR.fields_by_name
    if "arrow_data" in fields:
        return body.arrow_data.data
    data = getattr(body, "data", b"")
    return data if isinstance(data, bytes) else b""


def read_table(streams: list[bytes], of_rows: int | None = None) -> Table | None:
    """The table in these Arrow streams, one after the other."""
    parts: list[ArrowTable] = []
    try:
        parts = [read_ipc_stream(io.BytesIO(data)).read_all() for data in streams if data]
    except Exception as error:  # whatever a server sends: it must not hide the rest of the page
        log.warning("a table cannot be read: %s", type(error).__name__)
    if not parts:
        return None
    index = _index_columns(parts[0])
    fields = [*index, *(name for name in parts[0].column_names if name not in index)]
    return Table([_title(name) for name in fields], parts, fields, of_rows)


def _rows(part: ArrowTable, fields: list[str]) -> list[list[Any]]:
    columns = [_column(part, name) for name in fields]
    return [list(row) for row in zip(*columns, strict=True)]


def _column(part: ArrowTable, name: str) -> list[Any]:
    if name not in part.column_names:
        return [None] * part.num_rows
    column: Any = part.column(name)
    try:
        return [as_json(value.as_py()) for value in column]
    except Exception:  # a type that has no value in Python, or a time zone that is not known here
        return [str(value) for value in column]


def _index_columns(part: ArrowTable) -> list[str]:
    """An index that merely counts the rows is no column, and is not shown."""
    told = part.schema.metadata_str.get("pandas") if part.schema.metadata else None
    names: list[Any] = json.loads(told).get("index_columns", []) if told else []
    return [name for name in names if isinstance(name, str) and name in part.column_names]


def _title(field: str) -> str:
    """pandas names an index without a name so."""
    return "" if field.startswith("__index_level_") else field
