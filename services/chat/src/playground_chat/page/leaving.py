"""The way from this page to another session's, in which an edited question is being answered."""

import json

import streamlit as st

from playground_chat.page.tab import Tab


def show_the_way(tab: Tab) -> None:
    """Take this tab there, and show a link for browsers that do not follow."""
    if not tab.gone_to:
        return
    st.success(
        f"Your question is being answered in a new session. [Open it]({tab.gone_to})",
        icon=":material/call_split:",
    )
    # The address is the chat backend's own, and is put in as a JSON text: nothing of it is code.
    address = json.dumps(tab.gone_to).replace("<", "\\u003c")
    script = f"<script>window.location.assign({address})</script>"
    st.html(script, unsafe_allow_javascript=True)
