"""Takes the pictures of docs/screens from a running stack with the embedded model.

`.venv/bin/python -m tools.screenshots [picture ...]` takes all of them, or those that are named.
"""

import io
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.browser import running_browser
from tests.support.stack import RunningStack, running_stack

SCREENS = Path(__file__).resolve().parent.parent / "docs" / "screens"
MOST_BYTES = 150_000
QUESTION = "My laptop is slow after it starts. What should I try first?"
PATIENCE_MS = 300_000
_PATIENT = {"PLAYGROUND_MODEL_STALL_S": str(PATIENCE_MS // 1000)}
"""The embedded model is slow to begin where the machine has other work."""


@dataclass(frozen=True)
class Studio:
    """The stack that is pictured, and the session that has talked in it."""

    stack: RunningStack
    browser: Browser
    session_id: str

    def opened(
        self,
        path: str,
        *,
        scheme: Literal["light", "dark"] = "light",
        width: int = 1280,
        height: int = 800,
    ) -> Page:
        """The page at *path*, or at an address of its own."""
        size: ViewportSize = {"width": width, "height": height}
        page = self.browser.new_page(viewport=size, color_scheme=scheme)
        page.goto(path if path.startswith("http") else self.stack.url + path)
        return page


def main() -> None:
    """Every picture that is wanted."""
    SCREENS.mkdir(exist_ok=True)
    wanted = sys.argv[1:] or list(PICTURES)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(Path(folder), _PATIENT) as stack,
        running_browser() as browser,
    ):
        studio = Studio(stack, browser, _conversation(stack))
        for name in wanted:
            _keep(PICTURES[name](studio), name)


def _conversation(stack: RunningStack) -> str:
    inputs = {"product": "Laptop, Windows 11"}
    session = stack.launch("technical-support", inputs=inputs)
    for scenario in ("code-review", "creative-writing"):
        stack.launch(scenario)
    body = {"session_id": session["id"], "input": QUESTION}
    answer = stack.http.post("/v1/chat", json=body, timeout=httpx.Timeout(PATIENCE_MS / 1000))
    answer.raise_for_status()
    return session["id"]


def _home(studio: Studio) -> Page:
    return studio.opened("/", height=1000)


def _home_dark(studio: Studio) -> Page:
    page = studio.opened("/", scheme="dark", width=390, height=844)
    page.get_by_role("button", name="Code Review").wait_for()
    return page


def _launch(studio: Studio) -> Page:
    page = studio.opened("/")
    page.get_by_text("Advanced").last.click()
    page.get_by_label("Context, as JSON").fill('{"customer": "Ada", "plan": ')
    page.get_by_label("Context, as JSON").scroll_into_view_if_needed()
    return page


def _page(studio: Studio) -> Page:
    page = studio.opened(f"/v1/sessions/{studio.session_id}/open")
    expect(page.get_by_text("demonstration model").first).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stTextInputField").first).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=30_000)
    page.get_by_role("heading", name="Technical Support").scroll_into_view_if_needed()
    return page


def _conversation_page(studio: Studio) -> Page:
    page = studio.opened(f"/sessions/{studio.session_id}")
    expect(page.get_by_text(QUESTION).first).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    return page


def _sessions(studio: Studio) -> Page:
    return studio.opened("/sessions", height=560)


def _compare(studio: Studio) -> Page:
    page = studio.opened("/compare")
    page.get_by_role("textbox", name="Question").fill("Write one sentence about the sea.")
    page.get_by_role("button", name="Ask all of them").click()
    better = page.get_by_role("button", name="is better")
    expect(better.first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".column.waiting, .column.answering")).to_have_count(0, timeout=PATIENCE_MS)
    better.last.click()
    expect(page.get_by_role("button", name="is better").last).to_have_text("★ Voted better")
    return page


def _scenarios(studio: Studio) -> Page:
    return studio.opened("/scenarios")


def _system(studio: Studio) -> Page:
    page = studio.opened("/system", scheme="dark", height=900)
    expect(page.get_by_text("Usable").first).to_be_visible(timeout=PATIENCE_MS)
    return page


PICTURES: Mapping[str, Callable[[Studio], Page]] = {
    "home": _home,
    "home-phone": _home_dark,
    "launch": _launch,
    "page": _page,
    "conversation": _conversation_page,
    "sessions": _sessions,
    "compare": _compare,
    "scenarios": _scenarios,
    "system": _system,
}


def _keep(page: Page, name: str) -> None:
    """The picture in few colours, which is enough for pages."""
    page.evaluate("document.fonts.ready")
    taken = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    path = SCREENS / f"{name}.png"
    taken.quantize(192, dither=Image.Dither.NONE).save(path, optimize=True)
    page.close()
    size = path.stat().st_size
    sys.stdout.write(f"{path.name}: {size / 1000:.0f} kB\n")
    if size > MOST_BYTES:
        raise SystemExit(f"{path.name} is larger than {MOST_BYTES / 1000:.0f} kB")


if __name__ == "__main__":
    main()
