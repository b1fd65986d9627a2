"""Two replicas of the gateway: an app's page is one script session, whichever of them is asked."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastmcp import Client

from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.app_sessions import session_at
from tests.support.apps import APPS
from tests.support.gateway import running_web
from tests.support.headless import opened_tab, shown_in
from tests.support.scripted_model import ScriptedModel
from tests.support.streamlit_server import streamlit_server
from tests.support.waiting import wait_until

LEGACY = {
    "accept": "application/json, text/event-stream",
    "mcp-protocol-version": "2025-11-25",
}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}

pytestmark = pytest.mark.needs("redis", "streamlit")


@pytest.fixture(scope="module")
def zoo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with streamlit_server(APPS / "zoo.py", tmp_path_factory.mktemp("zoo")) as server:
        yield server.url


@pytest.fixture
def other_url(redis_url: str, model: ScriptedModel, tmp_path: Path) -> Iterator[str]:
    """Another replica, which a test may stop."""
    with running_web(redis_url, model.url, tmp_path) as url:
        yield url


@pytest.fixture
async def session_id(redis: Redis, keys: Keys, zoo_url: str) -> str:
    name = f"ses-{uuid.uuid4().hex}"
    await session_at(redis, keys, zoo_url, name)
    return name


async def use(url: str, tool: str, session_id: str, **arguments: Any) -> dict[str, Any]:
    async with Client(f"{url}/mcp") as client:
        result = await client.call_tool(tool, {"session_id": session_id, **arguments})
    assert result.structured_content is not None
    return result.structured_content


async def test_a_tab_and_a_tool_at_different_replicas_are_on_one_page(
    web_url: str, other_url: str, session_id: str
) -> None:
    async with opened_tab(f"{web_url}/s/slot-{session_id}") as tab:
        await shown_in(tab, "Zoo")
        page = await use(other_url, "app_act", session_id, set={"name": "Grace"})
        assert page["humans_watching"] == 1
        await shown_in(tab, "Grace")
    page = await use(web_url, "app_act", session_id, set={"name": "Edsger"})
    assert "Edsger" in page["view"]
    async with Client(f"{other_url}/mcp") as client:
        (content,) = await client.read_resource(f"app://{session_id}/page")
        refused = await client.call_tool(
            "app_act", {"session_id": session_id, "click": "nothing"}, raise_on_error=False
        )
    assert "Edsger" in json.loads(content.text)["view"]  # pyright: ignore
    assert json.loads(refused.content[0].text)["code"] == "invalid_request"  # pyright: ignore


async def test_a_tab_comes_to_the_page_where_it_is_and_progress_is_passed_on(
    web_url: str, other_url: str, session_id: str
) -> None:
    await use(web_url, "app_view", session_id)
    async with opened_tab(f"{other_url}/s/slot-{session_id}") as tab:
        await wait_until(lambda: _watched(web_url, session_id), "the tab is seen elsewhere")
        told = asyncio.Event()

        async def heard(progress: float, total: float | None, message: str | None) -> None:
            if "step 1" in (message or ""):
                told.set()

        async with Client(f"{other_url}/mcp/sessions/{session_id}", progress_handler=heard) as own:
            acting = asyncio.create_task(own.call_tool("app_act", {"click": "long", "wait_s": 25}))
            async with asyncio.timeout(20):
                await told.wait()
            await own.call_tool("app_stop", {})
            await acting
        await shown_in(tab, "step 1")


async def test_who_asks_after_a_replica_was_stopped_is_answered_by_the_other(
    web_url: str, redis_url: str, model: ScriptedModel, tmp_path: Path, session_id: str
) -> None:
    with running_web(redis_url, model.url, tmp_path) as stopped:
        await use(stopped, "app_act", session_id, set={"name": "Grace"})
    page = await use(web_url, "app_view", session_id)
    assert page["status"] == "ready"


async def test_the_page_of_a_replica_that_died_is_taken_over_at_once(
    web_url: str, redis: Redis, keys: Keys, session_id: str
) -> None:
    left = {"replica": "dead", "address": "http://127.0.0.1:9"}
    await redis.set(keys.page_owner(session_id), json.dumps(left), px=600_000)
    page = await use(web_url, "app_view", session_id)
    assert page["status"] == "ready"


async def _watched(url: str, session_id: str) -> bool:
    return (await use(url, "app_view", session_id))["humans_watching"] == 1


async def test_a_client_of_the_older_era_is_answered_by_any_replica(
    web_url: str, other_url: str
) -> None:
    async with httpx.AsyncClient(headers=LEGACY) as http:
        begun = await http.post(f"{web_url}/mcp", json=INITIALIZE)
        assert begun.status_code == 200, begun.text
        own = {"mcp-session-id": begun.headers["mcp-session-id"]}
        told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        assert (await http.post(f"{other_url}/mcp", json=told, headers=own)).status_code == 202
        ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        listed = await http.post(f"{other_url}/mcp", json=ask, headers=own)
        assert "app_view" in listed.text
        async with http.stream("GET", f"{other_url}/mcp", headers=own) as news:
            assert news.status_code == 200
            assert news.headers["content-type"].startswith("text/event-stream")
        assert (await http.delete(f"{other_url}/mcp", headers=own)).status_code == 200
        assert (await http.post(f"{web_url}/mcp", json=ask, headers=own)).status_code == 404
        assert (await http.post(f"{other_url}/mcp", json=ask, headers=own)).status_code == 404
