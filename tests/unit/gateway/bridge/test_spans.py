"""Periods and intervals in the words that pandas has for them."""

import io
from typing import Any, cast

import pandas as pd
import pyarrow as pa
import pytest

from playground_gateway.bridge.shown.tables import read_table


def shown(data: Any) -> list[Any]:
    table = cast(Any, pa.Table).from_pandas(pd.DataFrame({"one": data}))
    stream = io.BytesIO()
    with cast(Any, pa.ipc).new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    read = read_table([stream.getvalue()])
    assert read is not None
    return [row[0] for row in read.page(0, 9)]


@pytest.mark.parametrize(
    "frequency", ["Y-DEC", "Q-DEC", "M", "W-SUN", "W-WED", "W-SAT", "D", "h", "min", "s"]
)
def test_a_period_is_shown_as_pandas_says_it(frequency: str):
    periods = [pd.Period(ordinal=number, freq=frequency) for number in (-1, 0, 1, 2_817)]
    data = cast(Any, pd.array)([*periods, pd.NaT], dtype=f"period[{frequency}]")
    assert shown(data) == [*map(str, periods), None]


def test_an_interval_is_shown_with_the_ends_that_it_has():
    assert shown(pd.interval_range(0, 2, closed="left")) == ["[0, 1)", "[1, 2)"]


def test_a_period_that_has_no_words_is_shown_as_it_comes():
    assert shown(pd.period_range("1970-01-01", periods=1, freq="us")) == [0]
