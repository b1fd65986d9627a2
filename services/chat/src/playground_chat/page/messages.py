"""Drawing what was said: questions, replies with their tools and sources, and what can be done."""

import streamlit as st

from playground_chat.page import details
from playground_chat.page.board import Json, Link, Picture
from playground_chat.page.desk import Desk
from playground_chat.page.held import held
from playground_chat.page.mishaps import by_itself
from playground_chat.page.tab import Tab
from playground_chat.page.words import door_mark, ending, readable

# More than a person reads back; drawing them all at each rerun would be felt.
_SHOWN_AT_ONCE = 60
MAX_CHARS = 100_000


def show_messages(picture: Picture, desk: Desk, tab: Tab, icon: str) -> None:
    """All messages of the conversation but the reply that is being written."""
    messages = picture.messages
    hidden = max(0, len(messages) - st.session_state.setdefault("shown", _SHOWN_AT_ONCE))
    if hidden:
        st.button(f"Show earlier messages ({hidden})", on_click=_show_more, type="tertiary")
    answered = {m["turn"] for m in messages if m["role"] == "assistant"}
    for message in messages[hidden:]:
        with by_itself("This message"):
            if message["role"] == "assistant":
                _show_reply(message, icon)
                _show_warning(message, picture)
                continue
            _show_question(message, picture, desk, tab)
            if message["turn"] not in answered:
                _show_silence(message, picture)
    if messages and _is_free(picture):
        with st.container(key="anew"):
            words = "Answer anew" if messages[-1]["turn"] in answered else "Try again"
            st.button(
                words,
                icon=":material/refresh:",
                key=f"anew-{messages[-1]['id']}",
                on_click=desk.outbox.answer_anew,
                type="tertiary",
            )


def show_said(key: str, text: str, mark: str | None) -> None:
    """What a person or a program said, exactly as written: no Markdown, every line kept."""
    with st.container(key=f"said-{key}"), st.chat_message("user", avatar=":material/person:"):
        st.text(text)
        if mark:
            st.caption(mark)


def is_closed(picture: Picture) -> bool:
    """Whether the conversation takes no more words here."""
    return picture.ended or picture.parked


def _show_more() -> None:
    st.session_state["shown"] += 2 * _SHOWN_AT_ONCE


def _is_free(picture: Picture) -> bool:
    """Whether something may be asked now."""
    busy = picture.live is not None or picture.pending is not None
    return picture.link is Link.HERE and not busy and not is_closed(picture)


def _show_question(message: Json, picture: Picture, desk: Desk, tab: Tab) -> None:
    message_id = str(message["id"])
    if tab.editing == message_id:
        _show_editor(message, desk, tab)
        return
    show_said(message_id, message["content"], door_mark(message))
    if picture.link is Link.HERE and not is_closed(picture):
        with st.container(key=f"edit-{message_id}"):
            st.button(
                "Edit",
                icon=":material/edit:",
                key=f"edit-button-{message_id}",
                help="Ask this differently, in a new session; this one stays as it is.",
                on_click=tab.edit,
                args=(message_id,),
                type="tertiary",
            )


def _show_editor(message: Json, desk: Desk, tab: Tab) -> None:
    message_id = str(message["id"])
    key = f"edited-{message_id}"

    def ask() -> None:
        text = str(held(key) or "")
        if text.strip():
            tab.gone_to = desk.errands.ask_differently(message_id, text)
            tab.editing = ""

    with st.container(key="editor"), st.form(f"editing-{message_id}", border=False):
        st.text_area(
            "Ask differently",
            message["content"],
            key=key,
            max_chars=MAX_CHARS,
            help="What follows this question stays in this session; a new one begins before it.",
        )
        with st.container(horizontal=True):
            st.form_submit_button("Ask in a new session", on_click=ask, type="primary")
            st.form_submit_button("Leave it", on_click=tab.edit)


def _show_reply(message: Json, icon: str) -> None:
    with st.chat_message("assistant", avatar=icon):
        if calls := details.tool_calls(
            {**call, "ended": True} for call in message.get("tool_calls") or ()
        ):
            st.html(calls)
        if message["content"]:
            st.markdown(details.with_links(readable(message["content"]), message))
        if places := details.sources(message):
            st.html(places)
        if words := ending(message):
            st.caption(f":material/info: {words}")
        if note := message.get("note"):
            st.caption(note)


def _show_warning(message: Json, picture: Picture) -> None:
    if words := picture.warnings.get(message["turn"]):
        st.caption(f":material/info: {words}")


def _show_silence(message: Json, picture: Picture) -> None:
    """Under a question that has no reply and gets none."""
    if picture.live is not None and picture.live.turn == message["turn"]:
        return
    why = picture.problems.get(message["turn"], "")
    st.caption(f":material/info: There is no reply to this. {why}".strip())
