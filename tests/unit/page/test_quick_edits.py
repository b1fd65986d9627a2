"""Edits that follow each other faster than a run of the page's script."""

from typing import Any

import pytest
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest

from playground_chat.page.board import Board, Link, Picture

pytestmark = pytest.mark.needs("streamlit")

INPUTS = [
    {"key": "product", "label": "Product", "type": "text"},
    {"key": "notes", "label": "Notes", "type": "textarea"},
    {"key": "links", "label": "Name sources", "type": "checkbox"},
]


class BusyDesk:
    """A desk whose tab's browser sends something newer as soon as the first edit is noted."""

    def __init__(self) -> None:
        self.board = Board()
        scenario = {"name": "s", "inputs": INPUTS}
        known = Picture(Link.HERE, session={"status": "ready"}, scenario=scenario)
        self.board.change(lambda _: known)
        self.tabs = self
        self.outbox = self
        self.errands = self
        self.documents = self
        self.edits: list[tuple[str, Any]] = []
        self.said: list[str] = []

    def drew(self, drawing: int) -> None: ...

    def take_back(self) -> None: ...

    def change_input(self, key: str, value: Any) -> None:
        self.edits.append((key, value))
        context = get_script_run_ctx()
        assert context
        assert context.script_requests
        context.script_requests.request_rerun(RerunData())

    def put(self, text: str) -> None:
        self.said.append(text)


def page(desk: "Any") -> None:  # quoted: its text alone becomes a script
    from playground_chat.page.view import show_page

    show_page(desk)


def test_no_edit_or_message_is_lost_when_the_browser_sends_something_newer() -> None:
    desk = BusyDesk()
    tab = AppTest.from_function(page, args=(desk,)).run()
    tab.text_input[0].set_value("Phone")
    tab.text_area[0].set_value("two\nlines")
    tab.checkbox[0].check()
    tab.chat_input[0].set_value("Hello")
    tab.run()
    assert not tab.exception
    assert sorted(desk.edits) == [("links", True), ("notes", "two\nlines"), ("product", "Phone")]
    assert desk.said == ["Hello"]
