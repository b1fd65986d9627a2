"""Containers that are filled when somebody opens them, and one that tells when it is closed."""

import streamlit as st

overview, details = st.tabs(["Overview", "Details"], key="parts", on_change="rerun")
if overview.open:
    overview.write("the overview")
if details.open:
    details.write("the details")

more = st.expander("More", key="more", on_change="rerun")
if more.open:
    more.write("there is more")

options = st.popover("Options", key="options", on_change="rerun")
if options.open:
    options.checkbox("Bold", key="bold")


@st.dialog("Sure?", on_dismiss="rerun")
def sure() -> None:
    st.write("It cannot be undone.")


if st.button("Ask"):
    sure()
