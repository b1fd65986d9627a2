"""Every page of the dashboard in a real browser: accessible in both colour schemes, and no request
to anybody else; and the way from a click to a page."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.support.accessibility import Violation, violations
from tests.support.dashboard import dashboard_with_a_model

pytestmark = pytest.mark.needs("redis", "browser")

HELPDESK = """\
name: helpdesk
title: Helpdesk
summary: Helps with what is broken.
icon: "🛠️"
system_prompt: Help with {{ product }}.
uploads: true
inputs:
  - {key: product, label: Product, type: text, help: What it is about}
  - {key: notes, label: Notes, type: textarea}
  - {key: level, label: Level, type: select, options: [New, Expert]}
  - {key: steps, label: Steps, type: slider, min: 1, max: 5, default: 3}
  - {key: links, label: Name sources, type: checkbox, default: true}
  - {key: log, label: Log, type: code}
"""
WIDTHS = {"light": 1200, "dark": 360}


@pytest.fixture(scope="module")
def address(redis_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "helpdesk.yaml").write_text(HELPDESK)
    (folder / "broken.yaml").write_text("name: broken\ntitle: Broken\ntemperature: hot\n")
    with dashboard_with_a_model(redis_server_url, folder) as running:
        yield running


@pytest.fixture(scope="module")
def made(address: str) -> list[str]:
    """A session that talks, one that has ended, and the page of a comparison."""
    with httpx.Client(base_url=address, timeout=30) as http:
        sessions = [
            http.post("/v1/sessions?wait=20", json={"scenario": "helpdesk"}).json()["id"]
            for _ in range(2)
        ]
        http.post("/v1/chat", json={"session_id": sessions[0], "input": "Is **it** on?"})
        http.delete(f"/v1/sessions/{sessions[1]}")
        asked = {"input": "Why?", "scenario": ["helpdesk", "helpdesk"], "model": ["", ""]}
        return [*sessions, http.post("/compare", data=asked).headers["location"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_asks_nobody_else(
    browser: Browser, address: str, made: list[str], scheme: Any
):
    talking, ended, comparison = made
    paths = [
        "/", "/launch/helpdesk", "/sessions", f"/sessions/{talking}", f"/sessions/{ended}",
        f"/sessions/{ended}/open", "/compare", comparison, "/scenarios",
        "/scenarios/-/new", "/scenarios/helpdesk", "/system", "/nowhere",
    ]  # fmt: skip
    context = browser.new_context(
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": WIDTHS[scheme], "height": 800},
    )
    page, wrong = context.new_page(), list[str | Violation]()
    page.on("pageerror", lambda error: wrong.append(f"{page.url} {error}"))
    page.on("console", lambda said: wrong.append(said.text) if "Policy" in said.text else None)
    page.on("request", lambda asked: hosts.add(urlsplit(asked.url).netloc))
    hosts = set[str]()
    for path in paths:
        page.goto(address + path)
        wrong += violations(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{path} is wider than the screen")
    page.goto(address)
    page.get_by_text("Advanced").first.click()
    page.get_by_label("Product").fill("a printer")
    wrong += violations(page)
    context.close()
    assert wrong == []
    assert hosts == {urlsplit(address).netloc}


def test_the_first_click_with_the_keyboard_alone_opens_a_split_view(browser: Browser, address: str):
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="a split view").press("Enter")
    expect(page.get_by_role("button", name="a split view")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_text("Advanced").press("Enter")
    field = page.get_by_label("Context, as JSON")
    field.fill('{"plan": ')
    expect(page.get_by_text("No JSON yet")).to_be_visible()
    field.fill('{"plan": "Pro"}')
    expect(page.get_by_text("No JSON yet")).to_have_count(0)
    page.get_by_role("button", name="Start Helpdesk").press("Enter")
    page.wait_for_url("**/split")
    assert page.frame_locator("iframe")
    expect(page).to_have_title("Helpdesk · Chat Playground")
    context.close()


def test_the_front_page_is_light_and_quick(browser: Browser, address: str):
    context = browser.new_context()
    page, sizes = context.new_page(), list[int]()
    page.on("requestfinished", lambda done: sizes.append(done.sizes()["responseBodySize"]))
    page.goto(address)
    page.get_by_role("button", name="Helpdesk").wait_for()
    page.wait_for_load_state("load")
    assert sum(sizes) < 100_000
    context.close()
