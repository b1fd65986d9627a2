"""What a person sees when drawing goes wrong: words that help, never Streamlit's own red box."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

import streamlit as st
from streamlit import error_util

log = logging.getLogger("playground_chat.page")

WORDS = "Something on this page went wrong. Reloading it usually helps; nothing is lost."


def show_mishap() -> None:
    """Say so where the page is being drawn."""
    st.warning(WORDS, icon=":material/refresh:")


@contextmanager
def by_itself(part: str) -> Generator[None]:
    """Draw *part* for the block; where that fails, a line says so, and the rest is drawn.

    What it is made of comes from elsewhere: a scenario that was edited meanwhile, a model, a tool.
    """
    try:
        yield
    except Exception:
        log.exception("drawing %s failed", part)
        st.caption(f":material/error: {part} cannot be shown.")


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
