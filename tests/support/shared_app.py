"""An app's shared page as tests use it: opened in tabs of a real browser, and driven by tools."""

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, expect

from tests.support.tools_beside import Tools, tools_on


@dataclass
class App:
    """An app's page, as people and tools have it."""

    url: str
    tools: Tools
    browser: Browser

    def tab(self, path: str = "", *, says: str = "") -> Page:
        """A new tab of a person of their own, its page shown."""
        tab = self.browser.new_page()
        tab.goto(f"{self.url}/{path}")
        if says:
            expect(tab.get_by_text(says).first).to_be_visible()
        return tab


@contextmanager
def app_at(page_url: str, web_url: str, redis_url: str, browser: Browser) -> Generator[App]:
    session_id = f"ses-{uuid.uuid4().hex}"
    with tools_on(web_url, redis_url, page_url, session_id) as tools:
        yield App(f"{web_url}/s/slot-{session_id}", tools, browser)
    for context in browser.contexts:
        context.close()
