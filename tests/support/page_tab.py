"""What is done and looked for in a tab that shows a session's page."""

import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page


def message_box(tab: Page) -> Locator:
    return tab.get_by_test_id("stChatInputTextArea")


def send(tab: Page, text: str) -> None:
    message_box(tab).fill(text)
    message_box(tab).press("Enter")


def eventually(predicate: Callable[[], bool], description: str) -> None:
    """Wait until *predicate* holds; beside a browser of the synchronous kind no loop may run."""
    deadline = time.monotonic() + 30
    while not predicate():
        assert time.monotonic() < deadline, f"still not: {description}"
        time.sleep(0.02)


def stop_button(tab: Page) -> Locator:
    return tab.get_by_role("button", name="Stop")
