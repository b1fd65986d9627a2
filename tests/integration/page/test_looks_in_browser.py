"""How a page looks in a real browser: where it asks for its inputs, on a phone and on a screen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.page_backend import PageBackend
from tests.support.page_conversation import SCENARIO
from tests.support.page_tab import eventually
from tests.support.streamlit_page import streamlit_page

pytestmark = pytest.mark.needs("streamlit", "browser")

CHANGES_IN_ITS_FIRST_RUN = """
from dataclasses import replace
import streamlit as st
from playground_chat.page.board import Board
from playground_chat.page.reruns import OpenTabs

@st.cache_resource
def shared():
    board = Board()
    return board, OpenTabs(board)

board, tabs = shared()
picture = board.picture
st.text(picture.complaint or "as it was")
board.change(lambda p: p if p.complaint else replace(p, complaint="as it is"))
tabs.drew(picture.drawing)
"""


def top(place: Locator) -> float:
    box = place.bounding_box()
    assert box
    return box["y"]


@pytest.mark.parametrize("layout", ["top", "columns"])
def test_inputs_stand_above_the_conversation_where_the_scenario_wants_it(
    backend: PageBackend, open_tab: Callable[[], Page], layout: str
) -> None:
    backend.scenario = {**SCENARIO, "layout": layout}
    backend.hang_up()
    tab = open_tab()
    product, level = tab.get_by_label("Product"), tab.get_by_label("Your experience")
    expect(tab.get_by_test_id("stSidebar").get_by_label("Product")).to_have_count(0)
    expect(product).to_be_in_viewport()
    expect(tab.get_by_role("heading", name="Technical Support")).to_be_in_viewport()
    below = top(tab.get_by_label("Steps at once")) - top(level)
    assert (abs(below) < 10) is (layout == "columns")
    tab.set_viewport_size({"width": 360, "height": 740})
    assert top(tab.get_by_label("Steps at once")) > top(level)
    assert not tab.evaluate("document.documentElement.scrollWidth > innerWidth")
    product.fill("Phone")
    product.press("Enter")
    eventually(lambda: backend.session["inputs"].get("product") == "Phone", "the edit is saved")
    backend.begin("What now?")
    expect(product).to_be_hidden()
    backend.say("Have a look.")
    backend.end()
    tab.get_by_text("About this conversation").click()
    expect(product).to_have_value("Phone")


def test_what_changes_while_a_tab_draws_for_the_first_time_is_shown(
    context: BrowserContext, tmp_path: Path
) -> None:
    script = tmp_path / "first.py"
    script.write_text(CHANGES_IN_ITS_FIRST_RUN)
    with streamlit_page(tmp_path, chat_url="", token="", script=script) as served:
        tab = context.new_page()
        tab.goto(served.url)
        expect(tab.get_by_text("as it is")).to_be_visible()
        tab.close()
