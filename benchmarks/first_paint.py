"""From a click on a scenario's card to its greeting on the screen, in a real browser."""

import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext

from benchmarks.launching import PAGE
from benchmarks.stacks import until_pool_is_full
from tests.support.browser import running_browser
from tests.support.streamlit_page import streamlit_page

ROUNDS = 5
CARD = "Technical Support"


def first_paints(url: str) -> tuple[list[float], list[float]]:
    """Milliseconds of a first visit (nothing in the browser's cache) and of later ones."""
    with running_browser() as browser:
        first = [_in_new_context(browser, url) for _ in range(ROUNDS)]
        with _context(browser) as context:
            _click_to_greeting(context, url)
            again = [_click_to_greeting(context, url) for _ in range(ROUNDS)]
    return first, again


def bare_paints() -> list[float]:
    """Milliseconds until a browser shows a Streamlit page of three lines whose server is up."""
    with tempfile.TemporaryDirectory() as folder, running_browser() as browser:
        script = Path(folder) / "page.py"
        script.write_text(PAGE)
        with streamlit_page(Path(folder), chat_url="", token="", script=script) as page:
            return [_bare(browser, page.url) for _ in range(ROUNDS)]


def _bare(browser: Browser, url: str) -> float:
    with _context(browser) as context:
        page = context.new_page()
        begun = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.get_by_text("hello", exact=True).wait_for(state="visible")
        return (time.perf_counter() - begun) * 1000


def _in_new_context(browser: Browser, url: str) -> float:
    with _context(browser) as context:
        return _click_to_greeting(context, url)


@contextmanager
def _context(browser: Browser) -> Generator[BrowserContext]:
    context = browser.new_context()
    try:
        yield context
    finally:
        context.close()


def _click_to_greeting(context: BrowserContext, url: str) -> float:
    until_pool_is_full(url)  # a container that starts meanwhile breaks off what Chrome loads
    dashboard = context.new_page()
    dashboard.goto(url)
    card = dashboard.get_by_role("button", name=CARD, exact=True)
    begun = time.perf_counter()
    with context.expect_page() as opening:
        card.click()
    page = opening.value
    page.locator(".st-key-greeting p").first.wait_for(state="visible")
    milliseconds = (time.perf_counter() - begun) * 1000
    page.close()
    dashboard.close()
    return milliseconds
