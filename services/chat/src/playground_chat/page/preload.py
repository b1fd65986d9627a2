"""Imports all that a page needs, so that a fork server has it in memory before it forks.

Importing this starts no thread, opens no connection and reads no setting.
"""

from playground_chat.page import desk, settings, view

__all__ = ["desk", "settings", "view"]
