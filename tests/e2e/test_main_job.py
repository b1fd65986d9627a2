"""The main job in a real browser: click a scenario, talk, see the other door's turn, stop."""

import os
import re
import time
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import running_browser
from tests.support.page_tab import eventually
from tests.support.stack import RunningStack, command_line, is_listening

pytestmark = pytest.mark.needs("redis", "streamlit", "browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a module of synchronous tests: Playwright's loop and a test's own do not go together."""
    with running_browser() as running:
        yield running


@pytest.fixture
def dashboard(stack: RunningStack, browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(stack.url)
    yield page
    page.context.close()


def test_a_click_opens_a_page_that_talks_and_a_stop_ends_it(
    stack: RunningStack, dashboard: Page
) -> None:
    with dashboard.expect_popup() as popup:
        dashboard.get_by_role("button", name="Technical Support").click()
    page = popup.value
    page.wait_for_url(re.compile(r"http://127\.0\.0\.1:\d+/?"))
    port = int(re.search(r":(\d+)", page.url.removeprefix("http:"))[1])  # pyright: ignore
    greeting = stack.http.get("/v1/scenarios/technical-support").json()["greeting"]
    expect(page.get_by_text(greeting.split(".")[0][:60])).to_be_visible()

    page.get_by_test_id("stChatInputTextArea").fill("How? [[tokens=30 pace_ms=20]]")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"w0 w1 w2"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"w28 w29"))).to_be_visible()

    session = stack.http.get("/v1/sessions", params={"status": "ready"}).json()["items"][0]
    messages = f"/v1/sessions/{session['id']}/messages"
    # The last word is shown before its turn has ended; until then another turn is refused.
    eventually(lambda: len(stack.http.get(messages).json()["items"]) == 2, "the turn has ended")
    said = stack.http.post(
        "/v1/chat", json={"session_id": session["id"], "input": "From REST [[say=last]]"}
    )
    assert said.status_code == 200, said.text
    expect(page.get_by_text("From REST").first).to_be_visible()
    items = stack.http.get(messages).json()["items"]
    assert [(m["role"], m["door"]) for m in items] == [
        ("user", "page"),
        ("assistant", "page"),
        ("user", "rest"),
        ("assistant", "rest"),
    ]

    going_on = dashboard.get_by_role("region", name="Latest sessions").get_by_role("listitem")
    expect(going_on.filter(has_text="Technical Support").first).to_contain_text("Ready")
    dashboard.goto(f"{stack.url}/sessions")
    row = dashboard.get_by_role("row", name=re.compile("Technical Support")).first
    expect(row).to_contain_text(re.compile("ready", re.IGNORECASE))
    row.locator("summary").click()
    row.get_by_role("button", name=re.compile("Stop")).click()
    expect(row).to_contain_text(re.compile("stopped", re.IGNORECASE))
    deadline = time.monotonic() + 5
    while is_listening(port):
        assert time.monotonic() < deadline, f"port {port} is still taken"
    assert not [p for p in stack.processes() if _is_page(p, session["id"])]
    page.close()


def test_a_click_opens_an_app_that_can_be_used(stack: RunningStack, dashboard: Page) -> None:
    with dashboard.expect_popup() as popup:
        dashboard.get_by_role("button", name="Savings Plan").click()
    page = popup.value
    page.wait_for_url(re.compile(r"/s/slot-\w+/"))
    expect(page.get_by_role("heading", name="Savings Plan")).to_be_visible()
    expect(page.get_by_text("Deploy")).to_have_count(0)
    page.get_by_label("You begin with").fill("50000")
    page.get_by_role("button", name="Calculate").click()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("98,000")
    page.close()
    for session in stack.http.get("/v1/sessions", params={"status": "ready"}).json()["items"]:
        assert stack.http.delete(f"/v1/sessions/{session['id']}").json()["status"] == "stopped"


def _is_page(process: psutil.Process, session_id: str) -> bool:
    return session_id in command_line(process) and process.pid != os.getpid()
