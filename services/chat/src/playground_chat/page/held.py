"""What a widget holds, read so that a widget's callback is never ended half-way."""

from typing import Any

import streamlit as st


def held(key: str) -> Any:
    """The value of the widget *key*, for its callback; None if there is no such widget.

    `st.session_state[key]` lets Streamlit end whatever is running as soon as the browser has sent
    something newer, even a callback. The value counts as seen by then, so nobody would ever call
    again, and the edit would be lost. A copy of the whole state is given without that.
    """
    return st.session_state.to_dict().get(key)
