"""Takes the pictures of docs/images from a running stack with the embedded model."""

import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import running_browser
from tests.support.stack import RunningStack, running_stack

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
QUESTION = "My laptop no longer connects to the Wi-Fi at home; my phone still does."


def main() -> None:
    """A page in the middle of a conversation, and the dashboard beside it."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(Path(folder), {}) as stack,
        running_browser() as browser,
    ):
        _page(stack, browser)
        _dashboard(stack, browser)


def _page(stack: RunningStack, browser: Browser) -> None:
    session = stack.launch("technical-support", inputs={"product": "Laptop, Windows 11"})
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(session["url"])
    page.get_by_test_id("stChatInputTextArea").fill(QUESTION)
    page.keyboard.press("Enter")
    _wait_for_messages(stack, session["id"], 2)
    expect(page.get_by_text("demonstration model").first).to_be_visible(timeout=30_000)
    _take(page, "page.png")


def _dashboard(stack: RunningStack, browser: Browser) -> None:
    for scenario in ("code-review", "creative-writing"):
        stack.launch(scenario)
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.goto(stack.url)
    _take(page, "dashboard.png")


def _wait_for_messages(stack: RunningStack, session_id: str, count: int) -> None:
    """Return once the conversation has so many messages: the model's stream ends with them."""
    while True:
        answer: httpx.Response = stack.http.get(f"/v1/sessions/{session_id}/messages")
        if answer.is_success and len(answer.json()["items"]) >= count:
            return


def _take(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=IMAGES / name)
    page.close()


if __name__ == "__main__":
    main()
