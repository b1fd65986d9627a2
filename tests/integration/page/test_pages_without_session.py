"""A page that waits for its session, and one whose session is parked, in a real browser."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.browser import running_browser
from tests.support.page_backend import TOKEN, WAY_BACK, PageBackend, page_backend
from tests.support.streamlit_page import streamlit_page
from tests.support.streamlit_server import StreamlitServer

pytestmark = pytest.mark.needs("streamlit", "browser")

WAITS = "This page waits for its session."
PARKED = "This session is parked: its conversation is kept."


@pytest.fixture(scope="module")
def context() -> Iterator[BrowserContext]:
    with running_browser() as browser:
        context = browser.new_context()
        context.set_default_timeout(30_000)
        yield context


@pytest.fixture(scope="module")
def shared_backend() -> Iterator[PageBackend]:
    with page_backend() as running:
        running.has_session = False
        yield running


@pytest.fixture(scope="module")
def served(
    shared_backend: PageBackend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StreamlitServer]:
    folder = tmp_path_factory.mktemp("page")
    with streamlit_page(folder, chat_url=shared_backend.url, token=TOKEN) as page:
        yield page
        assert "Traceback" not in page.log


@pytest.fixture
def backend(shared_backend: PageBackend) -> Iterator[PageBackend]:
    yield shared_backend
    shared_backend.forget()
    shared_backend.has_session = False
    shared_backend.hang_up()


@pytest.fixture
def open_tab(
    context: BrowserContext, served: StreamlitServer, backend: PageBackend
) -> Iterator[Callable[[], Page]]:
    tabs: list[Page] = []

    def opened() -> Page:
        tab = context.new_page()
        tabs.append(tab)
        tab.goto(served.url)
        return tab

    yield opened
    for tab in tabs:
        expect(tab.get_by_test_id("stException")).to_have_count(0)
        tab.close()


def message_box(tab: Page) -> Locator:
    return tab.get_by_test_id("stChatInputTextArea")


def watched(seconds: float, look: Callable[[], None]) -> None:
    """Look again and again for so long: what is not to happen has its time to happen."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        look()


def test_a_page_that_waits_says_so_and_takes_no_message(open_tab: Callable[[], Page]) -> None:
    tab = open_tab()
    expect(tab.get_by_text(WAITS)).to_be_visible()
    expect(message_box(tab)).to_be_disabled()


def test_tabs_on_a_page_that_waits_do_not_ask_and_draw_without_end(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    tabs = [open_tab(), open_tab()]
    for tab in tabs:
        expect(tab.get_by_text(WAITS)).to_be_visible()
    before = backend.looks
    watched(2, lambda: expect(tabs[0].get_by_text(WAITS)).to_be_visible())
    assert backend.looks - before <= 20


def test_a_page_that_was_given_its_session_shows_it_at_the_next_look(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    tab = open_tab()
    expect(tab.get_by_text(WAITS)).to_be_visible()
    backend.begin("asked by another door")
    backend.say("and answered")
    backend.end()
    backend.has_session = True
    tab = open_tab()
    expect(tab.get_by_text("and answered")).to_be_visible()
    expect(tab.get_by_text(WAITS)).to_have_count(0)
    expect(message_box(tab)).to_be_enabled()


def test_a_page_whose_session_is_parked_shows_the_way_on(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    backend.has_session = True
    tab = open_tab()
    expect(message_box(tab)).to_be_enabled()
    backend.begin("before")
    backend.say("a reply")
    backend.end()
    backend.change_session(status="parked")
    expect(tab.get_by_text(PARKED)).to_be_visible()
    expect(tab.get_by_role("link", name="Go on with it")).to_have_attribute("href", WAY_BACK)
    expect(message_box(tab)).to_be_disabled()
    expect(tab.get_by_text("a reply")).to_be_visible()
