"""Drawing the picture: masthead, notices, messages, the reply as it comes, and the input."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground_chat.page import details, look
from playground_chat.page.board import Board, Json, Link, Live, Picture
from playground_chat.page.desk import Desk
from playground_chat.page.held import held
from playground_chat.page.inputs import asks_above, show_inputs_above
from playground_chat.page.leaving import show_the_way
from playground_chat.page.messages import MAX_CHARS, is_closed, show_messages, show_said
from playground_chat.page.mishaps import by_itself
from playground_chat.page.outbox import Outbox
from playground_chat.page.sidebar import show_sidebar
from playground_chat.page.standing import show_notice, tab_title
from playground_chat.page.tab import Tab, this_tab
from playground_chat.page.words import readable

# A first run waits this long for the backend before it draws without it.
_FIRST_ANSWER_S = 1.5
# How long a run that follows a reply may sleep before it looks whether it is still wanted.
_LOOK_UP_S = 0.25
_NOTHING_YET = "Nothing has been said here yet. Your first message begins the conversation."


def show_page(desk: Desk) -> None:
    """One run of the script: draw everything, then follow the running reply until it ends."""
    if desk.board.picture.link is Link.WAITING:
        desk.feed.look_again()
    picture = desk.board.wait(lambda p: p.link is not Link.CONNECTING, _FIRST_ANSWER_S)
    scenario = picture.scenario
    icon = look.sign(scenario.get("icon"))
    title = str(scenario.get("title") or "Chat Playground")
    if look.dress(str(scenario.get("accent", "")), tab_title(picture, title), icon):
        st.rerun()
    tab = this_tab()
    show_sidebar(picture, desk, tab)
    _show_masthead(picture, title, icon)
    if picture.known:
        show_inputs_above(picture, desk.outbox)
        _show_conversation(picture, desk, tab, icon)
    reply = _show_live(picture, icon)
    _show_pending(picture, desk.outbox)
    _show_input(picture, desk, tab)
    desk.tabs.drew(picture.drawing)
    if picture.busy:
        _follow(desk.board, picture, reply)


def _show_masthead(picture: Picture, title: str, icon: str) -> None:
    with st.container(key="masthead"):
        st.title(f"{icon} {title}", anchor=False)
        if summary := picture.scenario.get("summary"):
            st.caption(summary)


def _show_conversation(picture: Picture, desk: Desk, tab: Tab, icon: str) -> None:
    if picture.messages or picture.live is not None or picture.pending is not None:
        show_messages(picture, desk, tab, icon)
    else:
        _show_greeting(picture, desk.outbox)


def _show_greeting(picture: Picture, outbox: Outbox) -> None:
    with st.container(key="greeting"):
        st.markdown(picture.scenario.get("greeting") or _NOTHING_YET)
    asks_beside = picture.scenario.get("inputs") and not asks_above(picture)
    if asks_beside or picture.scenario.get("uploads"):
        with st.container(key="sidebar-hint"):
            st.caption("What it should know stands in the sidebar: press » above to open it.")
    starters = picture.scenario.get("starters", ())
    with st.container(key="starters"):
        for place, starter in enumerate(starters):
            st.button(
                starter,
                key=f"starter-{place}",
                on_click=outbox.put,
                args=(starter,),
                width="stretch",
                disabled=is_closed(picture),
            )


class _Reply:
    """The places of a reply that is being written: one for each tool call, and its text."""

    def __init__(self) -> None:
        self._tools = st.container(key="live-tools")
        self._text = st.empty()
        self._calls: list[tuple[DeltaGenerator, Json]] = []

    def show(self, live: Live) -> None:
        """Draw *live*; a call that has not changed is left alone, so that it stays unfolded."""
        for n, call in enumerate(live.tools):
            if n == len(self._calls):
                self._calls.append((self._tools.empty(), {}))
            place, shown = self._calls[n]
            if shown != call:
                place.html(details.tool_calls([call]))
                self._calls[n] = (place, call)
        running = any(details.is_running(call) for call in live.tools)
        if live.text:
            self._text.markdown(readable(live.text) + " ▍")
        else:
            self._text.caption("Waiting for a tool…" if running else "Thinking…")


def _show_live(picture: Picture, icon: str) -> _Reply | None:
    if picture.live is None:
        return None
    with st.chat_message("assistant", avatar=icon):
        reply = _Reply()
        reply.show(picture.live)
        if words := picture.warnings.get(picture.live.turn):
            st.caption(f":material/info: {words}")
    return reply


def _show_pending(picture: Picture, outbox: Outbox) -> None:
    pending = picture.pending
    if pending is None:
        return
    if pending.anew:
        st.caption("Asking for another answer…")
    else:
        show_said("pending", pending.text, None)
    if pending.reason:
        st.caption(f":material/schedule_send: {pending.reason}")
        words = "Close" if pending.refused else "Do not send"
        st.button(words, key="take-back", on_click=outbox.take_back, type="tertiary")


def _show_input(picture: Picture, desk: Desk, tab: Tab) -> None:
    # One element, whatever is in it: where the input's place changed, a slow browser would draw it
    # anew, without what has been written.
    with st.bottom, st.container(key="status"):
        show_the_way(tab)
        with by_itself("How this page stands"):
            show_notice(picture)
        if picture.complaint:
            st.warning(picture.complaint, icon=":material/error:")
            st.button("Close", key="complaint", on_click=desk.errands.complain, type="tertiary")
        if picture.live is not None and not picture.ended:
            with st.container(key="stop"):
                st.button("Stop", icon=":material/stop_circle:", on_click=desk.errands.cancel)
    # Outside of `st.bottom`, although it is shown there: only then does Streamlit keep the newest
    # text in sight.
    st.chat_input(
        _invitation(picture),
        key="message",
        max_chars=MAX_CHARS,
        disabled=is_closed(picture) or not picture.known or picture.pending is not None,
        on_submit=lambda: desk.outbox.put(held("message") or ""),
    )


def _invitation(picture: Picture) -> str:
    if picture.parked:
        return "This session is parked"
    if picture.ended:
        return "This session has ended"
    if picture.pending and picture.pending.reason:
        return "One message is still waiting to be sent"
    return "Write a message"


def _follow(board: Board, drawn: Picture, reply: _Reply | None) -> None:
    """Show tokens and tools as they come; draw anew when anything else has changed."""
    beat = drawn.beat
    while True:
        picture = board.wait(lambda p, seen=beat: p.beat != seen, _LOOK_UP_S)
        if picture.drawing != drawn.drawing:
            st.rerun()
        if picture.beat != beat and reply is not None and picture.live is not None:
            reply.show(picture.live)
        # Reading the session state lets Streamlit end this run when a newer one is wanted or the
        # tab has gone; waiting alone would not.
        st.session_state.get("message")
        beat = picture.beat
