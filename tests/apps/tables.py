"""Tables whose app says what is seen of them and what may be put into them; and hints at inputs."""

import datetime as dt
from typing import Any, cast

import pandas as pd
import streamlit as st

cities = pd.DataFrame(
    {
        "id": [7, 8, 9],
        "city": ["Oslo", "Rome", "Lima"],
        "rain": [3, 5, 1],
        "kind": ["wet", "wet", "dry"],
        "since": [dt.date(1048, 1, 1), dt.date(1, 4, 21), dt.date(1535, 1, 18)],
    }
)
config = {
    "id": None,
    "city": st.column_config.TextColumn("Town", disabled=True, default="a new one"),
    "rain": st.column_config.NumberColumn("Rain (mm)", min_value=0, max_value=9, help="A day's"),
    "kind": st.column_config.SelectboxColumn(options=["wet", "dry"], required=True),
    "since": st.column_config.DateColumn("Since"),
}
chosen = st.dataframe(
    cities,
    column_config=config,
    column_order=("rain", "city", "id"),
    hide_index=True,
    key="seen",
    on_select="rerun",
    selection_mode=["multi-row", "multi-column"],
)
st.text(f"chosen: {chosen.selection.rows} {chosen.selection.columns}")
edited = st.data_editor(cities, column_config=config, num_rows="dynamic", key="edited")
st.text(f"edited: {edited.drop(columns='id').map(str).to_dict('list')}")
by_place: Any = {1: "Rain"}
rain = cities.set_index("city")[["rain"]]
fixed = cast("pd.DataFrame", st.data_editor(rain, column_config=by_place, key="fixed"))
st.text(f"fixed: {fixed.to_dict('list')}")

pivot = cities.pivot_table(index="city", columns="kind", values=["rain"])
st.dataframe(pivot, column_config={"_index": "Town"})
st.table(cities[["city"]])

st.text_input("Ticker", placeholder="e.g. AAPL", help="A stock's short name", key="ticker")
st.text_input("Secret", "swordfish", type="password", key="secret")
st.number_input("Lot", 0, 100, 20, step=5, key="lot")
st.radio("Plan", ["small", "large"], captions=["for one", "for all"], key="plan")
st.help(str)
