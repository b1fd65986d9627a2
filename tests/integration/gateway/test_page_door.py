"""`/s/<slot>/` over real HTTP and WebSockets: an app's page, and what its door keeps out."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.app_sessions import session_at
from tests.support.apps import APPS
from tests.support.headless import ask_for_a_run, one_run, opened_tab, shown_in
from tests.support.streamlit_server import streamlit_server

pytestmark = pytest.mark.needs("redis", "streamlit")


@pytest.fixture(scope="module")
def chat_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("chatting")
    with streamlit_server(APPS / "chatting.py", folder) as server:
        yield server.url


@pytest.fixture
async def page(
    redis: Redis, keys: Keys, web_url: str, chat_url: str, request: pytest.FixtureRequest
) -> str:
    """Where a person opens the app of a session that is this test's alone."""
    name = f"ses-{abs(hash(request.node.name))}"
    await session_at(redis, keys, chat_url, name)
    return f"{web_url}/s/slot-{name}"


async def test_a_page_runs_and_its_files_come_through(page: str):
    said = await one_run(page)
    assert said[-1].WhichOneof("type") == "script_finished"
    with httpx.Client() as browser:
        start = browser.get(f"{page}/")
        assert start.status_code == 200
        assert "<title>Streamlit</title>" in start.text
        assert start.headers["content-security-policy"] == "frame-ancestors 'self'"
        assert start.headers["x-content-type-options"] == "nosniff"
        assert browser.get(f"{page}/_stcore/health").text == "ok"
        assert browser.get(f"{page}?a=1").headers["location"].endswith(f"{page[-20:]}/?a=1")


async def test_cookies_are_a_pages_own(page: str):
    with httpx.Client() as browser:
        browser.cookies.set("playground", "secret")
        health = browser.get(f"{page}/_stcore/health")
        cookies = health.headers.get_list("set-cookie")
        assert cookies
        path = page[page.index("/s/") :]
        assert all(f"Path={path}/" in one for one in cookies)


@pytest.mark.parametrize(
    "path", ["/s/slot-none/", "/s/", "/s/nonsense/", "/s/slot-none/_stcore/health"]
)
async def test_what_is_no_page_is_a_problem(web_url: str, path: str):
    answer = httpx.get(f"{web_url}{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "session_not_found"


async def test_streamlits_own_door_for_tools_stays_shut(page: str):
    for path in ("/_stcore/agent/mcp", "/_stcore/agent/interact", "/_stcore/agent/openapi.json"):
        answer = httpx.get(f"{page}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")


async def test_a_page_of_another_origin_is_refused(page: str):
    assert httpx.get(f"{page}/", headers={"Origin": "https://evil.example"}).status_code == 403
    with pytest.raises(InvalidStatus):
        async with connect(
            f"{page.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin="https://evil.example",  # pyright: ignore[reportArgumentType]
            proxy=None,
        ):
            pass


async def test_a_chat_session_has_no_page_here_and_a_dead_page_is_not_ready(
    redis: Redis, keys: Keys, web_url: str
):
    await session_at(redis, keys, "http://127.0.0.1:9", "ses-dead")
    dead = httpx.get(f"{web_url}/s/slot-ses-dead/")
    assert (dead.status_code, dead.json()["code"]) == (409, "session_not_ready")
    with pytest.raises((ConnectionClosed, InvalidStatus)):
        await one_run(f"{web_url}/s/slot-ses-dead")


async def test_a_redis_that_hangs_is_said_and_an_open_tab_stays(redis: Redis, page: str):
    async with opened_tab(page) as tab:
        await shown_in(tab, "Ask")
        await redis.client_pause(4_500)
        await ask_for_a_run(tab)
        with pytest.raises(InvalidStatus) as refused:
            await one_run(page)
        said = refused.value.response
        assert said.status_code == 503
        assert json.loads(said.body or b"")["title"] == "Store unavailable"
        await redis.ping()  # answered when it goes on
        await ask_for_a_run(tab)
        await shown_in(tab, "Ask")
