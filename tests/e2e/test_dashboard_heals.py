"""kill -9 of the process that serves the dashboard, while somebody looks at it."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import running_browser
from tests.support.stack import RunningStack

pytestmark = pytest.mark.needs("redis", "streamlit", "browser")

BACK_WITHIN_MS = 40_000


@pytest.fixture
def http(stack: RunningStack) -> Iterator[httpx.Client]:
    """A client that tries again where nobody listens."""
    transport = httpx.HTTPTransport(retries=8)
    with httpx.Client(transport=transport, base_url=stack.url, timeout=60) as client:
        yield client


@pytest.fixture
def ids(http: httpx.Client) -> Iterator[list[str]]:
    """The sessions to be stopped after the test, whatever it came to."""
    made: list[str] = []
    yield made
    for session_id in made:
        http.delete(f"/v1/sessions/{session_id}")


def test_open_pages_of_the_dashboard_go_on_after_their_server_was_killed(
    stack: RunningStack, http: httpx.Client, ids: list[str]
) -> None:
    ids.append(stack.launch(title="Before the fall")["id"])
    with running_browser() as browser:
        home, sessions = browser.new_page(), browser.new_page()
        home.goto(stack.url)
        sessions.goto(f"{stack.url}/sessions")
        for page in (home, sessions):
            expect(named(page, "Before the fall")).to_be_visible()
            page.evaluate("window.loadedOnce = true")
        web = stack.process_of("playground_cli.stack.web")
        web.kill()
        web.wait(10)  # until then somebody might still be heard

        body = {"scenario": "code-review", "title": "After it"}
        ids.append(http.post("/v1/sessions", json=body).json()["id"])
        for page in (home, sessions):
            expect(named(page, "After it")).to_be_visible(timeout=BACK_WITHIN_MS)
            expect(page.get_by_role("alert")).to_have_count(0)
            assert page.evaluate("window.loadedOnce"), "nobody loaded it again"
        http.delete(f"/v1/sessions/{ids[-1]}")
        for page, line in ((sessions, "#session-rows tr"), (home, ".recent-list li")):
            expect(page.locator(line, has=named(page, "After it"))).to_contain_text("Stopped")


def named(page: Page, title: str) -> Locator:
    return page.get_by_role("link", name=title, exact=True)
