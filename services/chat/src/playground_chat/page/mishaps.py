"""What a person sees when drawing goes wrong: words that help, never Streamlit's own red box."""

import streamlit as st
from streamlit import error_util

WORDS = "Something on this page went wrong. Reloading it usually helps; nothing is lost."


def show_mishap() -> None:
    """Say so where the page is being drawn."""
    st.warning(WORDS, icon=":material/refresh:")


def replace_the_red_box() -> None:
    """Also for what goes wrong before the script begins: what a click calls, what a value is.

    Streamlit has no public place for this. Where it draws its box by another name, that one is
    shown, without our insides: `client.showErrorDetails` is off.
    """
    if hasattr(error_util, "show_uncaught_app_exception"):
        error_util.show_uncaught_app_exception = _instead


def _instead(_: BaseException) -> None:
    """Streamlit has told the log already."""
    show_mishap()
