"""The sidebar: inputs that stand there, documents, the model, the conversation as a file."""

import streamlit as st

from playground_chat.page.board import Picture
from playground_chat.page.desk import Desk
from playground_chat.page.document_list import show_documents
from playground_chat.page.inputs import show_inputs_beside
from playground_chat.page.mishaps import by_itself
from playground_chat.page.model_choice import show_model
from playground_chat.page.tab import Tab


def show_sidebar(picture: Picture, desk: Desk, tab: Tab) -> None:
    """Everything of it, once the page knows what it is about."""
    if not picture.known:
        return
    closed = picture.ended or picture.parked
    with st.sidebar:
        if picture.unsaved_reason:
            st.warning(picture.unsaved_reason, icon=":material/sync_problem:")
        show_inputs_beside(picture, desk.outbox)
        with by_itself("The list of documents"):
            show_documents(picture, desk.documents, tab, closed=closed)
        with by_itself("The choice of a model"):
            show_model(picture, desk.outbox, closed=closed)
        _show_export(picture)


def _show_export(picture: Picture) -> None:
    if not picture.export:
        return
    with st.container(key="export"):
        st.markdown("#### Take it with you")
        with st.container(horizontal=True):
            for label, kind in (("Markdown", "markdown"), ("JSON", "json")):
                address = f"{picture.export}?format={kind}"
                st.link_button(label, address, icon=":material/download:")
