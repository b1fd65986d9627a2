"""An app of several pages, as files in pages/."""

import streamlit as st

st.title("Home")
st.page_link("pages/second_page.py", label="Onward")
st.text(f"query: {dict(st.query_params)}")
