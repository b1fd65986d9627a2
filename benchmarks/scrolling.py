"""The list of sessions while it is scrolled and changes: how even its frames come."""

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import cycle

import httpx
from playwright.sync_api import Browser, Page

from benchmarks.tables import Table, percentile

ROWS = 200
SCROLLED_S = 6
WIDTHS = (1280, 390)
CHANGES_A_SECOND = (0, 5, 20)
SLOW_MS = 50
_WATCH = """() => {
  window.gaps = [];
  window.scripts = [0];
  let last = performance.now();
  requestAnimationFrame(function step(now) {
    gaps.push(now - last);
    last = now;
    requestAnimationFrame(step);
  });
  new PerformanceObserver((list) => {
    for (const frame of list.getEntries()) {
      for (const run of frame.scripts) scripts.push(run.duration);
    }
  }).observe({ type: "long-animation-frame" });
}"""


def scrolling(address: str, browser: Browser) -> Table:
    """One row for each width and pace of changes."""
    rows = [_row(address, browser, width, pace) for width in WIDTHS for pace in CHANGES_A_SECOND]
    note = (
        f"`/sessions` with {ROWS} rows, scrolled by the wheel for {SCROLLED_S} s while sessions "
        "are renamed by REST; server, browser (which draws without a GPU) and client share the "
        f"cores. A frame is slow after {SLOW_MS} ms; the last column is the longest script in one."
    )
    columns = (
        "width", "changes a second", "frames", "p50 ms", "p95 ms", "slowest", "slow ones",
        "longest script ms",
    )  # fmt: skip
    return Table("The list of sessions while it is scrolled", note, columns, rows)


def _row(address: str, browser: Browser, width: int, pace: int) -> Sequence[str]:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{address}/sessions", wait_until="load")
    page.locator("#session-rows > tr").nth(ROWS - 1).wait_for(state="attached")
    with _renaming(address, pace):
        page.evaluate(_WATCH)
        _scroll(page, width)
        gaps: list[float] = page.evaluate("gaps")
        scripts: list[float] = page.evaluate("scripts")
    page.close()
    return (
        str(width),
        str(pace),
        str(len(gaps)),
        f"{percentile(gaps, 50):.0f}",
        f"{percentile(gaps, 95):.0f}",
        f"{max(gaps):.0f}",
        str(sum(gap > SLOW_MS for gap in gaps)),
        f"{max(scripts):.0f}",
    )


def _scroll(page: Page, width: int) -> None:
    """Down for most of the time, and up again."""
    page.mouse.move(width / 2, 400)
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < SCROLLED_S:
        page.mouse.wheel(0, 240 if passed < SCROLLED_S * 0.8 else -400)
        page.wait_for_timeout(30)


@contextmanager
def _renaming(address: str, a_second: int) -> Generator[None]:
    """Sessions all over the list change their titles, *a_second* of them, during the block."""
    over = threading.Event()

    def rename() -> None:
        with httpx.Client(base_url=address, timeout=30) as http:
            shown: list[dict[str, str]] = http.get("/v1/sessions", params={"limit": ROWS}).json()[
                "items"
            ]
            for number, session in enumerate(cycle(shown[::7] + shown[3::7])):
                http.patch(f"/v1/sessions/{session['id']}", json={"title": f"Renamed {number}"})
                if over.wait(1 / a_second):
                    return

    thread = threading.Thread(target=rename)
    if a_second:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if a_second:
            thread.join()
