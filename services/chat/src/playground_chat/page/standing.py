"""How the page stands, in words: in the browser tab's title, and beside the input."""

import streamlit as st

from playground_chat.page.board import Json, Link, Picture


def tab_title(picture: Picture, scenario_title: str) -> str:
    """The session's title, and before it how the page stands unless it is simply ready."""
    title = str(picture.session.get("title") or scenario_title)
    state = _state(picture)
    return f"{state} · {title}" if state else title


def _state(picture: Picture) -> str:
    if picture.parked:
        return "Parked"
    if picture.ended:
        return "Failed" if picture.session.get("status") == "failed" else "Ended"
    if picture.link is Link.AWAY:
        return "Not connected"
    if picture.link is Link.WAITING:
        return "Waiting"
    return "Answering…" if picture.live is not None else ""


def show_notice(picture: Picture) -> None:
    """What to know where the page stands otherwise than it should; nothing, where it does not."""
    if picture.parked:
        with st.container(key="farewell"):
            st.info(_parking(picture), icon=":material/local_parking:")
    elif picture.ended:
        with st.container(key="farewell"):
            st.info(_farewell(picture), icon=":material/check_circle:")
    elif picture.link is Link.AWAY:
        st.warning(
            "The chat service cannot be reached just now. This page tries again by itself; "
            "nothing that you have written is lost.",
            icon=":material/cloud_off:",
        )
    elif picture.link is Link.WAITING:
        st.info(
            "This page waits for its session. Please open one from the dashboard.",
            icon=":material/hourglass_empty:",
        )
    elif picture.link is Link.CONNECTING:
        st.info("Getting the conversation ready…", icon=":material/hourglass_empty:")


def _parking(picture: Picture) -> str:
    words = "This session is parked: its conversation is kept."
    return f"{words} [Go on with it]({picture.way_back})" if picture.way_back else words


def _farewell(picture: Picture) -> str:
    if not picture.known:
        return "This page belongs to no session any more. Please open one from the dashboard."
    if picture.session.get("status") == "failed":
        error: Json = picture.session.get("error") or {}
        return f"This session has failed. {error.get('detail', '')}".strip()
    return "This session has ended. Its conversation is kept."
