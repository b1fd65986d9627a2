"""Values in the sidebar: shown as the session has them, without overwriting what is edited here."""

from typing import Any

import streamlit as st


def bring_up_to_date(key: str, value: Any) -> None:
    """Give the widget *value* if that is news to this tab; what is edited here is left alone.

    Nothing is assigned that the widget holds already: an assignment makes the browser show it, over
    whatever a quick hand has changed there since.
    """
    told = f"told {key}"
    new = key not in st.session_state or st.session_state.get(told) != value
    if new and (key not in st.session_state or st.session_state[key] != value):
        st.session_state[key] = value
    st.session_state[told] = value
