"""The second page."""

import streamlit as st

st.title("Second")
if st.button("Back", key="back"):
    st.switch_page("home.py")
st.slider("Here", 0, 5, key="here")
