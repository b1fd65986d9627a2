"""Columns of every newer kind, and data that only a table has."""

import datetime as dt
from typing import Any, cast

import pandas as pd
import streamlit as st

FIRST = dt.datetime(2023, 1, 1)  # noqa: DTZ001 - as the column, of no time zone
towns = pd.DataFrame(
    {
        "town": ["Oslo", "Rome", "Lima"],
        "done": [0.1, 0.5, 1.0],
        "tags": [["cold"], ["old", "warm"], []],
        "more": ['{"a": 1}', "[2]", "3"],
        "rain": [[1, 2], [2, 1], [0, 0]],
        "go": ["Visit", "Visit", None],
        "ways": [["Fly", "Sail"], ["Fly"], []],
        "size": pd.Categorical(["big", "big", "small"], categories=["small", "big", "huge"]),
        "met": pd.to_datetime(["2024-01-01 10:00", "2024-02-01 10:00", "2024-03-01 10:00"]),
        "local": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"]).tz_localize(
            "Asia/Tokyo"
        ),
        "month": pd.period_range("2024-11", periods=3, freq="M"),
        "stay": pd.to_timedelta([1, 2, 3], "h"),
        "span": pd.interval_range(0, 3),
    }
)
config: Any = {
    "done": st.column_config.ProgressColumn("Done", min_value=0, max_value=1),
    "tags": st.column_config.MultiselectColumn(
        "Tags", options=["cold", "old", "warm"], format_func=str.upper
    ),
    "more": st.column_config.JsonColumn(),
    "rain": st.column_config.LineChartColumn(),
    "go": st.column_config.ButtonColumn("Go", key="go"),
    "ways": st.column_config.ButtonColumn("Ways", key="ways"),
    "met": st.column_config.DatetimeColumn("Met", min_value=FIRST),
}
st.dataframe(towns, column_config=config, hide_index=True)
st.text(f"clicked: {st.session_state.go} {st.session_state.ways}")
edited = cast(
    "pd.DataFrame",
    st.data_editor(
        towns.drop(columns=["go", "ways"]),
        column_config={name: one for name, one in config.items() if name not in ("go", "ways")},
        key="edited",
    ),
)
st.text(f"edited: {edited[['tags', 'size', 'met', 'local']].iloc[0].map(str).to_list()}")
