"""Drawing the picture: masthead, notices, messages, the reply as it comes, and the input."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground_chat.page import look, sidebar
from playground_chat.page.board import Board, Json, Link, Picture
from playground_chat.page.desk import Desk
from playground_chat.page.held import held
from playground_chat.page.outbox import Outbox
from playground_chat.page.words import door_mark, ending, readable

# A first run waits this long for the backend before it draws without it.
_FIRST_ANSWER_S = 1.5
# How long a run that follows a reply may sleep before it looks whether it is still wanted.
_LOOK_UP_S = 0.25
# More than a person reads back; drawing them all at each rerun would be felt.
_SHOWN_AT_ONCE = 60
_MAX_CHARS = 100_000


def show_page(desk: Desk) -> None:
    """One run of the script: draw everything, then follow the running reply until it ends."""
    if desk.board.picture.link is Link.WAITING:
        desk.feed.look_again()
    picture = desk.board.wait(lambda p: p.link is not Link.CONNECTING, _FIRST_ANSWER_S)
    scenario = picture.scenario
    icon = str(scenario.get("icon") or "💬")
    title = str(scenario.get("title") or "Chat Playground")
    if look.dress(str(scenario.get("name", "")), str(picture.session.get("title") or title), icon):
        st.rerun()
    sidebar.show_inputs(picture, desk.outbox)
    _show_masthead(picture, title, icon)
    if picture.known:
        _show_conversation(picture, desk.outbox, icon)
    reply = _show_live(picture, icon)
    _show_pending(picture, desk.outbox)
    _show_input(picture, desk.outbox)
    desk.tabs.drew(picture.drawing)
    if picture.busy:
        _follow(desk.board, picture, reply)


def _show_masthead(picture: Picture, title: str, icon: str) -> None:
    with st.container(key="masthead"):
        st.title(f"{icon} {title}", anchor=False)
        if summary := picture.scenario.get("summary"):
            st.caption(summary)


def _show_notice(picture: Picture) -> None:
    """Where the page stands when that is not as it should be: beside the input, always in sight."""
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


def _show_conversation(picture: Picture, outbox: Outbox, icon: str) -> None:
    if not picture.messages and picture.live is None and picture.pending is None:
        _show_greeting(picture, outbox)
        return
    messages = picture.messages
    hidden = max(0, len(messages) - st.session_state.setdefault("shown", _SHOWN_AT_ONCE))
    if hidden:
        st.button(f"Show earlier messages ({hidden})", on_click=_show_more, type="tertiary")
    answered = {m["turn"] for m in messages if m["role"] == "assistant"}
    for message in messages[hidden:]:
        if message["role"] == "assistant":
            _show_reply(message, icon)
            continue
        _show_said(str(message["id"]), message["content"], door_mark(message))
        if message["turn"] not in answered:
            _show_silence(message, picture)


def _show_more() -> None:
    st.session_state["shown"] += 2 * _SHOWN_AT_ONCE


def _show_greeting(picture: Picture, outbox: Outbox) -> None:
    if greeting := picture.scenario.get("greeting"):
        with st.container(key="greeting"):
            st.markdown(greeting)
    starters = picture.scenario.get("starters", ())
    with st.container(key="starters"):
        for place, starter in enumerate(starters):
            st.button(
                starter,
                key=f"starter-{place}",
                on_click=outbox.put,
                args=(starter,),
                width="stretch",
                disabled=_is_closed(picture),
            )


def _show_said(key: str, text: str, mark: str | None) -> None:
    """What a person or a program said, exactly as written: no Markdown, every line kept."""
    with st.container(key=f"said-{key}"), st.chat_message("user", avatar=":material/person:"):
        st.text(text)
        if mark:
            st.caption(mark)


def _show_reply(message: Json, icon: str) -> None:
    with st.chat_message("assistant", avatar=icon):
        if message["content"]:
            st.markdown(readable(message["content"]))
        if words := ending(message):
            st.caption(f":material/info: {words}")
        if note := message.get("note"):
            st.caption(note)


def _show_silence(message: Json, picture: Picture) -> None:
    """Under a question that has no reply and gets none."""
    if picture.live is not None and picture.live.turn == message["turn"]:
        return
    why = picture.problems.get(message["turn"], "")
    st.caption(f":material/info: There is no reply to this. {why}".strip())


def _show_live(picture: Picture, icon: str) -> DeltaGenerator | None:
    if picture.live is None:
        return None
    with st.chat_message("assistant", avatar=icon):
        reply = st.empty()
        _show_text(reply, picture)
    return reply


def _show_text(reply: DeltaGenerator, picture: Picture) -> None:
    text = picture.live.text if picture.live else ""
    if text:
        reply.markdown(readable(text) + " ▍")
    else:
        reply.caption("Thinking…")


def _show_pending(picture: Picture, outbox: Outbox) -> None:
    pending = picture.pending
    if pending is None:
        return
    _show_said("pending", pending.text, None)
    if pending.reason:
        st.caption(f":material/schedule_send: {pending.reason}")
        words = "Close" if pending.refused else "Do not send"
        st.button(words, key="take-back", on_click=outbox.take_back, type="tertiary")


def _show_input(picture: Picture, outbox: Outbox) -> None:
    with st.bottom:
        _show_notice(picture)
        if picture.live is not None and not picture.ended:
            with st.container(key="stop"):
                st.button("Stop", icon=":material/stop_circle:", on_click=outbox.cancel)
    # Outside of `st.bottom`, although it is shown there: only then does Streamlit keep the newest
    # text in sight.
    st.chat_input(
        _invitation(picture),
        key="message",
        max_chars=_MAX_CHARS,
        disabled=_is_closed(picture) or not picture.known or picture.pending is not None,
        on_submit=lambda: outbox.put(held("message") or ""),
    )


def _is_closed(picture: Picture) -> bool:
    return picture.ended or picture.parked


def _invitation(picture: Picture) -> str:
    if picture.parked:
        return "This session is parked"
    if picture.ended:
        return "This session has ended"
    if picture.pending and picture.pending.reason:
        return "One message is still waiting to be sent"
    return "Write a message"


def _follow(board: Board, drawn: Picture, reply: DeltaGenerator | None) -> None:
    """Show tokens as they come; draw anew when anything else has changed."""
    beat = drawn.beat
    while True:
        picture = board.wait(lambda p, seen=beat: p.beat != seen, _LOOK_UP_S)
        if picture.drawing != drawn.drawing:
            st.rerun()
        if picture.beat != beat and reply is not None:
            _show_text(reply, picture)
        # Reading the session state lets Streamlit end this run when a newer one is wanted or the
        # tab has gone; waiting alone would not.
        st.session_state.get("message")
        beat = picture.beat
