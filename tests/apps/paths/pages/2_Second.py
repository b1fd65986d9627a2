"""The app's second page."""

import streamlit as st

st.title("Second")
