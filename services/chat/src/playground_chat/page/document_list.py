"""The conversation's documents in the sidebar: added, watched while they are read, taken away."""

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from playground_chat.page.board import Json, Picture
from playground_chat.page.documents import Documents
from playground_chat.page.held import held
from playground_chat.page.tab import Tab

_LARGEST_MB = 20


def show_documents(picture: Picture, documents: Documents, tab: Tab, *, closed: bool) -> None:
    """The uploader and the list, where the scenario takes documents."""
    if not picture.scenario.get("uploads"):
        return
    with st.container(key="documents"):
        st.markdown("#### Documents")
        key = f"uploader-{tab.uploads}"

        def add() -> None:
            files: Sequence[Any] = held(key) or ()
            tab.uploads += bool(files)
            for file in files:
                documents.add(file.name, file.getvalue())

        st.file_uploader(
            "PDF, DOCX, Markdown, text, HTML, CSV or source code",
            key=key,
            accept_multiple_files=True,
            max_upload_size=_LARGEST_MB,
            on_change=add,
            disabled=closed,
        )
        for name, trouble in picture.uploads.items():
            _show_upload(name, trouble, documents)
        for document in picture.documents:
            _show_document(document, documents, closed=closed)


def _show_upload(name: str, trouble: str, documents: Documents) -> None:
    if not trouble:
        st.html(_line(name, "being sent…"))
        return
    with st.container(key=f"trouble-{name}"):
        st.html(_line(name, trouble, "is-failed"))
        st.button("Close", key=f"close-{name}", on_click=documents.forget, args=(name,))


def _show_document(document: Json, documents: Documents, *, closed: bool) -> None:
    document_id, name = str(document["id"]), str(document["name"])
    status = document.get("status", "ready")
    with st.container(key=f"document-{document_id}"):
        st.html(_line(name, _state(document), "is-failed" if status == "failed" else ""))
        if status in ("reading", "embedding") and document.get("total"):
            st.progress(min(1.0, document.get("done", 0) / document["total"]))
        st.button(
            "Remove",
            key=f"remove-{document_id}",
            help=f"Take {name} away from this conversation",
            on_click=documents.take_away,
            args=(document_id,),
            disabled=closed,
            type="tertiary",
        )


def _state(document: Json) -> str:
    """How far a document has come, in words."""
    status = document.get("status", "ready")
    if status == "failed":
        error: Json = document.get("error") or {}
        return str(error.get("detail") or "It could not be read.")
    if status in ("reading", "embedding"):
        words = "being read" if status == "reading" else "being prepared for search"
        total = document.get("total")
        return f"{words}: {document.get('done', 0)} of {total}" if total else f"{words}…"
    chunks = document.get("chunks", 0)
    return f"{chunks} passage{'' if chunks == 1 else 's'} · {_size(document.get('bytes', 0))}"


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def _line(name: str, words: str, state: str = "") -> str:
    return (
        f'<div class="document {state}"><span class="name">{escape(name)}</span>'
        f'<span class="state">{escape(words)}</span></div>'
    )
