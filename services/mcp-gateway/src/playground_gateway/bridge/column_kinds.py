"""The kind of a table's column by its data, for a column of which the app says none.

Kinds are named as in `st.column_config`, and two beside: `integer`, and `object` for what browsers
have no column for, which nobody can edit.
"""

import io
from collections.abc import Callable, Mapping
from typing import Any

from arro3.core import DataType, Field, dictionary_dictionary
from arro3.io import read_ipc_stream

EXTENSION = "ARROW:extension:name"

_KINDS: Mapping[str, Callable[[DataType], bool]] = {
    "checkbox": DataType.is_boolean,
    "integer": DataType.is_integer,
    "number": lambda one: DataType.is_floating(one) or DataType.is_decimal(one),
    "text": lambda one: _is_text(one) or DataType.is_null(one),
    "datetime": DataType.is_timestamp,
    "date": DataType.is_date,
    "time": DataType.is_time,
    "list": lambda one: _is_list(one),
    "selectbox": DataType.is_dictionary,
}


def kind_of(field: Field) -> str:
    """The kind that browsers take for a column of these data."""
    if field.metadata and EXTENSION in field.metadata_str:  # pandas' periods and intervals
        return "object"
    return next((kind for kind, is_one in _KINDS.items() if is_one(field.type)), "object")


def categories_in(data: bytes, name: str) -> list[Any]:
    """All that a column of categories may hold, used or not; nothing of another column."""
    column = read_ipc_stream(io.BytesIO(data)).read_all().column(name)
    if not DataType.is_dictionary(column.type) or not column.num_chunks:
        return []
    categories = dictionary_dictionary(column.chunk(0))
    return [categories[at].as_py() for at in range(len(categories))]


def _is_text(one: DataType) -> bool:
    return DataType.is_string(one) or DataType.is_large_string(one) or DataType.is_string_view(one)


def _is_list(one: DataType) -> bool:
    return DataType.is_list(one) or DataType.is_large_list(one) or DataType.is_fixed_size_list(one)
