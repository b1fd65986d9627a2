"""A slider, what it says, and how long the script took."""

import time

import streamlit as st

begun = time.perf_counter()
level = st.slider("Level", 0, 1000, 0, key="level")
st.text(f"level={level};")
st.text(f"took={(time.perf_counter() - begun) * 1000:.3f};")
