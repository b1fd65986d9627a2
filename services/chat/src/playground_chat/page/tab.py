"""What belongs to one browser tab alone: everything else is shared by all tabs of the page."""

from dataclasses import dataclass

import streamlit as st


@dataclass
class Tab:
    """One tab's own. Callbacks write its fields: that, unlike the session state, ends no run."""

    editing: str = ""
    """The question that is being edited: its message id."""
    gone_to: str = ""
    """The address of the session in which an edited question goes on."""
    uploads: int = 0
    """How often the uploader was emptied: each time it is a new one."""

    def edit(self, message_id: str = "") -> None:
        """Edit this question; none, without one."""
        self.editing = message_id


def this_tab() -> Tab:
    """That of the tab whose script is running."""
    tab = st.session_state.get("tab")
    if tab is None:
        tab = st.session_state["tab"] = Tab()
    return tab
