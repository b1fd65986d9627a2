"""A real headless Chromium for tests, through Playwright's synchronous interface."""

from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

from tests.support.parts import chromium

# A browser's first look at a page loads its script in pieces, on a machine that may be busy.
expect.set_options(timeout=30_000)

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@contextmanager
def running_browser() -> Generator[Browser]:
    """Chromium for the block. Not to be used inside a running asyncio loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
