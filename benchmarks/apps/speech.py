"""Words that say when they were said."""

import time
from collections.abc import Iterator

import streamlit as st


def words() -> Iterator[str]:
    for _ in range(40):
        time.sleep(0.05)
        yield f"at={time.time():.6f}; "


if st.button("Speak", key="speak"):
    st.write_stream(words)
