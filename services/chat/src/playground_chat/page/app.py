"""The script that Streamlit runs for each tab: draws the page, and never shows a stack trace."""

import logging

import streamlit as st

from playground_chat.page.desk import shared_desk
from playground_chat.page.mishaps import replace_the_red_box, show_mishap
from playground_chat.page.settings import SettingMissing
from playground_chat.page.view import show_page

log = logging.getLogger("playground_chat.page")

replace_the_red_box()
try:
    show_page(shared_desk())
except SettingMissing as missing:
    log.error("this page was started without %s", missing)
    st.warning("This page was not started by Chat Playground. Please open it from the dashboard.")
except Exception:
    # The person is told what helps, the log has the rest: Streamlit's red box shows our insides.
    log.exception("drawing the page failed")
    show_mishap()
