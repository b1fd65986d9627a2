"""The scenario's inputs: in the sidebar or above the conversation, as the scenario says."""

from typing import Any

import streamlit as st

from playground_chat.page.board import Json, Picture
from playground_chat.page.held import held
from playground_chat.page.mishaps import by_itself
from playground_chat.page.outbox import Outbox
from playground_chat.page.sidebar_values import bring_up_to_date

_HEADING = "About this conversation"


def show_inputs_beside(picture: Picture, outbox: Outbox) -> None:
    """In the sidebar, if that is their place."""
    if _asks(picture) and not asks_above(picture):
        with st.container(key="inputs"):
            st.markdown(f"#### {_HEADING}")
            _show_all(picture, outbox)


def show_inputs_above(picture: Picture, outbox: Outbox) -> None:
    """Above the conversation, if that is their place: unfolded until it has begun."""
    if asks_above(picture):
        begun = bool(picture.messages) or picture.live is not None
        with (
            st.expander(_HEADING, expanded=not begun, icon=":material/tune:"),
            st.container(key="inputs"),
            st.container(key=f"inputs-{picture.scenario['layout']}"),
        ):
            _show_all(picture, outbox)


def asks_above(picture: Picture) -> bool:
    """Whether there are inputs above the conversation."""
    return _asks(picture) and picture.scenario.get("layout") in ("top", "columns")


def _asks(picture: Picture) -> bool:
    return bool(picture.scenario.get("inputs"))


def _show_all(picture: Picture, outbox: Outbox) -> None:
    inputs: list[Json] = list(picture.scenario["inputs"])
    saved: Json = picture.session.get("inputs") or {}
    for one in inputs:
        name = f"inputs.{one['key']}"
        value = picture.unsaved.get(name, saved.get(one["key"]))
        with by_itself(f"The input “{one['label']}”"):
            fitting = value if _fits(one, value) else _initial(one)
            _show_input(one, fitting, outbox, disabled=picture.ended)
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


def _fits(one: Json, value: Any) -> bool:
    """Whether the input can hold *value*: its scenario may have been edited since it was given."""
    kind = one["type"]
    if kind == "checkbox":
        return isinstance(value, bool)
    if kind not in ("number", "slider"):
        return isinstance(value, str) and (kind != "select" or value in (one.get("options") or ()))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    low, high = one.get("min"), one.get("max")
    return (low is None or value >= low) and (high is None or value <= high)


def _initial(one: Json) -> Any:
    """What an input holds that the session says nothing of."""
    if one.get("default") is not None:
        return one["default"]
    if one["type"] == "select":
        return (one.get("options") or [""])[0]
    if one["type"] in ("number", "slider"):
        least: float = one.get("min") or 0
        return least if one.get("max") is None else min(least, one["max"])
    return False if one["type"] == "checkbox" else ""
