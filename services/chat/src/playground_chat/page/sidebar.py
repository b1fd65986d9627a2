"""The sidebar: the scenario's inputs, documents, the model, and the conversation as a file."""

from typing import Any

import streamlit as st

from playground_chat.page.board import Json, Picture
from playground_chat.page.desk import Desk
from playground_chat.page.document_list import show_documents
from playground_chat.page.held import held
from playground_chat.page.model_choice import show_model
from playground_chat.page.outbox import Outbox
from playground_chat.page.sidebar_values import bring_up_to_date
from playground_chat.page.tab import Tab


def show_sidebar(picture: Picture, desk: Desk, tab: Tab) -> None:
    """Everything of it, once the page knows what it is about."""
    if not picture.known:
        return
    closed = picture.ended or picture.parked
    with st.sidebar:
        if picture.unsaved_reason:
            st.warning(picture.unsaved_reason, icon=":material/sync_problem:")
        _show_inputs(picture, desk.outbox)
        show_documents(picture, desk.documents, tab, closed=closed)
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


def _show_inputs(picture: Picture, outbox: Outbox) -> None:
    """All inputs of the scenario, if it has any."""
    inputs: list[Json] = list(picture.scenario.get("inputs", ()))
    if not inputs:
        return
    saved = picture.session.get("inputs", {})
    with st.container(key="inputs"):
        st.markdown("#### About this conversation")
        for one in inputs:
            name = f"inputs.{one['key']}"
            value = picture.unsaved.get(name, saved.get(one["key"], _initial(one)))
            _show_input(one, value, outbox, disabled=picture.ended)
        st.caption("Changes count from your next message on.")


def _show_input(one: Json, value: Any, outbox: Outbox, *, disabled: bool) -> None:
    kind = one["type"]
    key = f"{kind}-{one['key']}"
    bring_up_to_date(key, value)

    def changed() -> None:
        outbox.change_input(one["key"], held(key))

    place: dict[str, Any] = {
        "key": key,
        "help": one.get("help"),
        "disabled": disabled,
        "on_change": changed,
    }
    label: str = one["label"]
    if kind == "select":
        st.selectbox(label, one.get("options") or [], **place)
    elif kind in ("number", "slider"):
        _show_number(one, label, place)
    elif kind == "checkbox":
        st.checkbox(label, **place)
    elif kind in ("textarea", "code"):
        st.text_area(label, height=220 if kind == "code" else 160, **place)
    else:
        st.text_input(label, **place)


def _show_number(one: Json, label: str, place: dict[str, Any]) -> None:
    low, high, step = (one.get(name) for name in ("min", "max", "step"))
    values = [st.session_state[place["key"]], low, high, step]
    # Streamlit wants all numbers of one kind; whole ones are shown without a fraction.
    number = int if all(v is None or float(v).is_integer() for v in values) else float
    low, high, step = (None if v is None else number(v) for v in (low, high, step))
    held = st.session_state[place["key"]]
    if not isinstance(held, number):
        st.session_state[place["key"]] = number(held)
    if one["type"] == "slider":
        st.slider(label, min_value=low, max_value=high, step=step, **place)
    else:
        st.number_input(label, min_value=low, max_value=high, step=step, **place)


def _initial(one: Json) -> Any:
    """What an input holds that the session says nothing of."""
    if one.get("default") is not None:
        return one["default"]
    if one["type"] == "select":
        return (one.get("options") or [""])[0]
    return {"checkbox": False, "number": one.get("min") or 0, "slider": one.get("min")}.get(
        one["type"], ""
    )
