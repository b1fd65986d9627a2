"""An uploaded CSV, filtered, grouped and drawn. Plain Streamlit, as it runs anywhere."""

from io import BytesIO
from pathlib import Path

import pandas as pd
import streamlit as st

SAMPLE = Path("rivers.csv")


@st.cache_data(max_entries=4)
def read(content: bytes) -> pd.DataFrame:
    """The table in a CSV, whatever separates its columns."""
    return pd.read_csv(BytesIO(content), sep=None, engine="python")


st.set_page_config(page_title="Data Explorer", page_icon="🧭", layout="wide")
st.title("Data Explorer")
upload = st.sidebar.file_uploader("A CSV of yours", type=["csv", "tsv", "txt"], key="csv")
try:
    table = read(upload.getvalue() if upload else SAMPLE.read_bytes())
except (ValueError, UnicodeDecodeError) as error:
    st.error(f"This cannot be read as a CSV: {error}")
    st.stop()

numbers = list(table.select_dtypes("number"))
words = [name for name in table.columns if name not in numbers]
name = upload.name if upload else "The sample"
st.caption(f"{name}: {len(table):,} rows, {len(table.columns)} columns")

search = st.sidebar.text_input("Only rows with", key="search", placeholder="any text")
if search:
    words_of_rows = table.astype(str).agg(" ".join, axis=1)
    table = table[words_of_rows.str.contains(search, case=False, regex=False)]

rows, groups, chart = st.tabs(["Rows", "Groups", "Chart"])
with rows:
    st.dataframe(table, hide_index=True)
    csv = table.to_csv(index=False)
    st.download_button("Download these rows", csv, "rows.csv", "text/csv", key="download")
with groups:
    if words and numbers:
        by = st.selectbox("Group by", words, key="group_by")
        how = st.segmented_control("As", ["mean", "sum", "min", "max"], default="mean", key="how")
        st.dataframe(table.groupby(by)[numbers].agg(how or "mean"))
    else:
        st.info("Groups need a column of words and one of numbers.")
with chart:
    if numbers:
        x = st.selectbox("Across", [*words, *numbers], key="x")
        y = st.multiselect("Up", numbers, default=numbers[:1], key="y")
        kind = st.radio("As", ["Bars", "Line", "Points"], horizontal=True, key="kind")
        draw = {"Bars": st.bar_chart, "Line": st.line_chart, "Points": st.scatter_chart}[kind]
        draw(table, x=x, y=y)
    else:
        st.info("A chart needs a column of numbers.")
