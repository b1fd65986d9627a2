"""Which model answers in this session and how freely, chosen in the sidebar."""

import streamlit as st

from playground_chat.page.board import Json, Picture
from playground_chat.page.held import held
from playground_chat.page.outbox import Outbox
from playground_chat.page.sidebar_values import bring_up_to_date


def show_model(picture: Picture, outbox: Outbox, *, closed: bool) -> None:
    """The model and its temperature, as the session has them."""
    current = str(picture.unsaved.get("model", picture.session.get("model") or ""))
    states: dict[str, Json] = {str(state["model"]): state for state in picture.models}
    if not current:
        return
    with st.container(key="model-choice"):
        st.markdown("#### Model")
        bring_up_to_date("model", current)
        st.selectbox(
            "Answers come from",
            list(dict.fromkeys([*states, current])),
            key="model",
            help="From your next message on. Any provider:name may be typed, too.",
            accept_new_options=True,
            on_change=lambda: _choose(outbox, current),
            disabled=closed,
        )
        state = states.get(current, {})
        if state and not state.get("usable"):
            st.caption(f":material/info: Not usable now. {state.get('reason') or ''}".strip())
        _show_temperature(picture, outbox, closed=closed)


def _choose(outbox: Outbox, current: str) -> None:
    chosen = str(held("model") or "").strip()
    if chosen and chosen != current:
        outbox.change_setting("model", chosen)


def _show_temperature(picture: Picture, outbox: Outbox, *, closed: bool) -> None:
    own = picture.scenario.get("temperature")
    value = picture.unsaved.get("temperature", picture.session.get("temperature"))
    bring_up_to_date("temperature", None if value is None else float(value))
    st.number_input(
        "Temperature",
        min_value=0.0,
        max_value=2.0,
        step=0.1,
        format="%.1f",
        key="temperature",
        placeholder="The model's own" if own is None else f"{own:g}, as the scenario says",
        help="0 is the most predictable. Empty: as the scenario says.",
        on_change=lambda: outbox.change_setting("temperature", held("temperature")),
        disabled=closed,
    )
