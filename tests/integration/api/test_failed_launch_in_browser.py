"""A launch that fails, as who clicked sees it: the wait, the cause, what to do, another try."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import redis as sync_redis
from playwright.sync_api import Browser, Page, expect

from playground.errors import LaunchFailed
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import connection
from playground.sessions.model import EndReason, Session, Status
from playground.sessions.store import SessionStore
from tests.support.dashboard import running_dashboard
from tests.support.workers import WorkerThatNeverAnswers

pytestmark = pytest.mark.needs("redis", "browser")

HELPDESK = """\
name: helpdesk
title: Helpdesk
summary: Helps with what is broken.
system_prompt: Help with {{ product }}.
inputs:
  - {key: product, label: Product, type: text}
  - {key: links, label: Name sources, type: checkbox, default: true}
"""
NOBODY = "http://127.0.0.1:9/v1"
CAUSE = "There is no image page:1 on this machine; run `make images`."
SHOWN = CAUSE.replace("`", "")


class Launches:
    """A dashboard whose worker does nothing, and the test's hand in that worker's place."""

    def __init__(self, url: str, redis_url: str) -> None:
        self.url = url
        self._redis_url = redis_url

    def newest(self) -> dict[str, object]:
        return httpx.get(f"{self.url}/v1/sessions").json()["items"][0]

    def move(self, session_id: object, step: Callable[[Session], Session]) -> None:
        """Playwright has a loop of its own in this thread."""
        with ThreadPoolExecutor(1) as aside:
            aside.submit(asyncio.run, self._moved(str(session_id), step)).result()

    async def _moved(self, session_id: str, step: Callable[[Session], Session]) -> None:
        async with connection(self._redis_url) as redis:
            await SessionStore(redis, Keys(LOCAL.tenant)).update(session_id, step)


@pytest.fixture(scope="module")
def launches(redis_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launches]:
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "helpdesk.yaml").write_text(HELPDESK)
    with sync_redis.Redis.from_url(redis_server_url) as client:
        client.flushall()
        with running_dashboard(
            redis_server_url, NOBODY, folder, worker=WorkerThatNeverAnswers
        ) as url:
            yield Launches(url, redis_server_url)
        client.flushall()


@pytest.fixture
def home(browser: Browser, launches: Launches) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(launches.url)
    yield page
    context.close()


def test_who_clicked_is_told_the_cause_and_a_second_try_asks_for_the_same(
    home: Page, launches: Launches
):
    home.get_by_text("Advanced").click()
    home.get_by_label("Title").fill("The printer")
    home.get_by_label("Product").fill("a printer")
    home.get_by_label("Name sources").uncheck()
    home.get_by_label("Context, as JSON").fill('{"plan": "Pro"}')
    with home.expect_popup() as popup:
        home.get_by_role("button", name="Start Helpdesk").last.click()
    wait = popup.value
    expect(wait.get_by_text("Number 1 in the queue")).to_be_visible()

    first = launches.newest()
    launches.move(first["id"], lambda s: s.moved(Status.STARTING))
    expect(wait.locator("[aria-current=step]")).to_have_text("Starting its page")
    expect(wait).to_have_title("Starting… · The printer")
    launches.move(
        first["id"],
        lambda s: s.ended(Status.FAILED, EndReason.IMAGE_MISSING, LaunchFailed(CAUSE)),
    )
    expect(wait.get_by_text(SHOWN)).to_be_visible()
    expect(wait.get_by_text("playground doctor")).to_be_visible()
    expect(home.locator(".recent-list .failed")).to_contain_text(SHOWN)

    wait.get_by_role("button", name="Try again").click()
    wait.wait_for_url("**/launching")
    second = launches.newest()
    assert second["id"] != first["id"]
    for name in ("scenario", "title", "inputs", "model"):
        assert second[name] == first[name], name
    assert second["inputs"] == {"product": "a printer", "links": False}
    context = httpx.get(f"{launches.url}/v1/sessions/{second['id']}/context").json()
    assert context == {"plan": "Pro"}
    launches.move(second["id"], lambda s: s.moved(Status.STARTING))
    opened = f"{launches.url}/healthz"  # in the place of its page
    launches.move(second["id"], lambda s: s.moved(Status.READY, url=opened))
    wait.wait_for_url(opened)
