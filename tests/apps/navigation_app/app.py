"""An app of several pages by st.navigation, one of them hidden behind a button."""

import streamlit as st


def start() -> None:
    """The default page."""
    st.title("Start")
    st.session_state.setdefault("visits", 0)
    st.session_state.visits += 1
    if st.button("To the end", key="to_end"):
        st.switch_page(END)


def end() -> None:
    """The other page."""
    st.title("End")
    st.text(f"visits: {st.session_state.get('visits')}")


START = st.Page(start, title="Start here", default=True)
END = st.Page(end, title="The end", url_path="the-end")
chosen = st.navigation({"All": [START, END]})
st.sidebar.text("on every page")
chosen.run()
