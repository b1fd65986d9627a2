"""The dashboard's list of sessions in a real browser: many rows, stops taken back, a restart."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import redis as sync_redis
from playwright.sync_api import Browser, Page, expect

from playground.clock import now
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import connection
from playground.sessions.model import Launch, Status, new_session
from playground.sessions.store import SessionStore
from tests.support.dashboard import running_dashboard

pytestmark = pytest.mark.needs("redis", "browser")

HELPDESK = "name: helpdesk\ntitle: Helpdesk\nsummary: Helps\nsystem_prompt: Help.\n"
MANY = 200
NOBODY = "http://127.0.0.1:9/v1"


class Dashboard:
    """A dashboard that can be restarted at its address."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self._redis_url = redis_url
        self._folder = folder
        self._running = ExitStack()
        self.url = self._start(0)

    def restart(self) -> None:
        self.stop()
        self._start(urlsplit(self.url).port or 0)

    def stop(self) -> None:
        self._running.close()

    def _start(self, port: int) -> str:
        running = running_dashboard(self._redis_url, NOBODY, self._folder, port=port)
        return self._running.enter_context(running)


async def _filled(redis_url: str) -> None:
    async with connection(redis_url) as redis:
        store = SessionStore(redis, Keys("default"))
        for n in range(MANY):
            made = new_session(
                session_id=f"ses-{n:012d}",
                principal=LOCAL,
                scenario="helpdesk",
                title=f"Session {n}",
                model="test:model",
            )
            moment = now() - timedelta(minutes=MANY - n)
            more = {"created_at": moment, "launch": Launch(mode="warm", ms=7)}
            ready = {"status": Status.READY, "url": "http://127.0.0.1:8599", "slot": f"slot-{n}"}
            await store.create(made.model_copy(update={**more, **ready}))


@pytest.fixture(scope="module")
def dashboard(
    redis_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dashboard]:
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "helpdesk.yaml").write_text(HELPDESK)
    with sync_redis.Redis.from_url(redis_server_url) as client:
        client.flushall()
        with ThreadPoolExecutor(1) as aside:  # Playwright has a loop of its own in this thread
            aside.submit(asyncio.run, _filled(redis_server_url)).result()
        running = Dashboard(redis_server_url, folder)
        yield running
        running.stop()
        client.flushall()


@pytest.fixture
def tab(browser: Browser, dashboard: Dashboard) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    page = context.new_page()
    page.goto(f"{dashboard.url}/sessions")
    yield page
    context.close()


def row(tab: Page, name: str):
    return tab.locator("#session-rows tr", has=tab.get_by_role("link", name=name, exact=True))


def test_two_hundred_sessions_stand_in_the_table_and_can_be_scrolled_through(tab: Page):
    rows = tab.locator("#session-rows tr:not(.empty)")
    expect(rows).to_have_count(MANY)
    expect(row(tab, "Session 199")).to_contain_text("warm 7 ms")
    row(tab, "Session 0").scroll_into_view_if_needed()
    expect(row(tab, "Session 0")).to_be_in_viewport()


def test_several_are_stopped_and_that_is_taken_back(tab: Page):
    for name in ("Session 150", "Session 151"):
        row(tab, name).get_by_role("checkbox").check()
    expect(tab.get_by_text("2 chosen")).to_be_visible()
    tab.get_by_role("button", name="Stop them").click()
    tab.get_by_role("button", name="Undo").click()
    expect(tab.get_by_text("Nothing was stopped.")).to_be_visible()
    expect(row(tab, "Session 150").locator(".pill")).to_have_text("Ready")


def test_a_session_is_renamed_and_stopped_in_its_row(tab: Page):
    row(tab, "Session 120").get_by_label("More for Session 120").click()
    field = row(tab, "Session 120").get_by_label("New title")
    field.fill("Another name")
    field.press("Enter")
    renamed = row(tab, "Another name")
    expect(renamed).to_be_visible()
    renamed.get_by_label("More for Another name").click()
    renamed.get_by_role("button", name="Stop", exact=True).click()
    expect(renamed.locator(".state")).to_contain_text("Stopped by you")
    expect(renamed.get_by_role("link", name="Open")).to_have_count(0)


def test_the_table_is_filtered_as_one_types(tab: Page):
    tab.get_by_label("Search").fill("session 19")
    expect(tab.locator("#session-rows tr:not(.empty)")).to_have_count(11)
    assert "q=session" in tab.url
    tab.get_by_label("Search").fill("")
    tab.get_by_label("Status").select_option("stopped")
    expect(tab.locator("#session-rows tr:not(.empty)")).to_have_count(1)


def test_the_table_heals_by_itself_after_a_restart(tab: Page, dashboard: Dashboard):
    expect(row(tab, "Session 100")).to_be_attached()
    dashboard.restart()
    address = f"{dashboard.url}/v1/sessions/ses-000000000100"
    answer = httpx.patch(address, json={"title": "Meanwhile"})
    assert answer.is_success
    expect(row(tab, "Meanwhile")).to_be_attached()
