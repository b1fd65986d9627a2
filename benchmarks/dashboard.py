"""The dashboard with 500 sessions in Redis: what its pages weigh, and how soon they are there."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser

from benchmarks.scrolling import scrolling
from benchmarks.tables import Table, percentile
from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import connection
from playground.sessions.model import Status, new_session
from playground.sessions.store import SessionStore
from tests.support.browser import running_browser
from tests.support.dashboard import running_dashboard
from tests.support.redis_server import running_redis
from tests.support.scripted_model import running_model
from tests.support.stack import SCENARIOS

SESSIONS = 500
ROUNDS = 60
VISITS = 7
PATHS = ("/", "/sessions", "/compare", "/system")
_PAINTED = """() => new Promise((tell) => new PerformanceObserver((list) => {
  for (const paint of list.getEntriesByName("first-contentful-paint")) tell(paint.startTime);
}).observe({ type: "paint", buffered: true }))"""


def measure() -> list[Table]:
    """What pages weigh and when they are seen; how evenly the list of sessions scrolls."""
    with _dashboard() as address, running_browser() as browser:
        rows = [_row(address, path, browser) for path in PATHS]
        scrolled = scrolling(address, browser)
    note = (
        f"{SESSIONS} sessions in Redis. Server: {ROUNDS} requests one after the other, the whole "
        f"answer. Browser: {VISITS} first visits in new contexts, everything else of the page with "
        "it; the kilobytes are all bodies as they were sent."
    )
    columns = (
        "page", "server p50 ms", "server p95 ms", "kB", "first contentful paint p50 ms", "slowest",
    )  # fmt: skip
    return [Table("The dashboard", note, columns, rows), scrolled]


@contextmanager
def _dashboard() -> Generator[str]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_redis(Path(folder)) as redis_url,
        running_model() as model,
    ):
        asyncio.run(_fill(redis_url))
        with running_dashboard(redis_url, model.url, SCENARIOS) as address:
            yield address


async def _fill(redis_url: str) -> None:
    async with connection(redis_url) as redis:
        store = SessionStore(redis, Keys(LOCAL.tenant))
        for number in range(SESSIONS):
            session = new_session(
                session_id=new_id("ses"),
                principal=LOCAL,
                scenario="technical-support",
                title=f"Session {number}",
                model="openai:scripted",
            )
            await store.create(session.moved(Status.PARKED))


def _row(address: str, path: str, browser: Browser) -> Sequence[str]:
    served: list[float] = []
    with httpx.Client(base_url=address, headers={"accept": "text/html"}, timeout=30) as http:
        http.get(path).raise_for_status()
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            http.get(path)
            served.append((time.perf_counter() - begun) * 1000)
    visits = [_visit(browser, address + path) for _ in range(VISITS)]
    painted = [milliseconds for milliseconds, _ in visits]
    return (
        f"`{path}`",
        f"{statistics.median(served):.0f}",
        f"{percentile(served, 95):.0f}",
        f"{max(size for _, size in visits) / 1000:.0f}",
        f"{statistics.median(painted):.0f}",
        f"{max(painted):.0f}",
    )


def _visit(browser: Browser, url: str) -> tuple[float, int]:
    """Milliseconds to the first contentful paint, and the bytes of all bodies."""
    context = browser.new_context()
    page, sizes = context.new_page(), list[int]()
    page.on("requestfinished", lambda done: sizes.append(done.sizes()["responseBodySize"]))
    page.goto(url, wait_until="load")
    painted = float(page.evaluate(_PAINTED))
    context.close()
    return painted, sum(sizes)
