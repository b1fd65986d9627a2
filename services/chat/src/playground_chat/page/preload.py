"""Imports all that a page needs, so that a fork server has it in memory before it forks.

Importing this starts no thread, opens no connection and reads no setting.
"""

from importlib import import_module

from playground_chat.page import desk, settings, view

__all__ = ["desk", "settings", "view"]

# What Streamlit and httpx import only at their first use: a third of a page's first script run.
for _name in ("certifi", "encodings.idna", "h11", "httpcore", "streamlit.emojis", "stringprep"):
    import_module(_name)
