"""The page of a session over real MCP, in both eras: seen, used, waited for and stopped."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.exceptions import ToolError

from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.app_sessions import session_at
from tests.support.apps import APPS
from tests.support.headless import opened_tab
from tests.support.streamlit_server import streamlit_server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("redis", "streamlit")


@pytest.fixture(scope="module")
def zoo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("zoo")
    with streamlit_server(APPS / "zoo.py", folder) as server:
        yield server.url


@pytest.fixture(scope="module")
def chat_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("chatting")
    with streamlit_server(APPS / "chatting.py", folder) as server:
        yield server.url


@pytest.fixture
async def zoo(redis: Redis, keys: Keys, zoo_url: str, request: pytest.FixtureRequest) -> str:
    """The id of a session whose page is the zoo; each test has one of its own."""
    return (await session_at(redis, keys, zoo_url, f"ses-{abs(hash(request.node.name))}")).id


@pytest.fixture
async def chat(redis: Redis, keys: Keys, chat_url: str, request: pytest.FixtureRequest) -> str:
    return (await session_at(redis, keys, chat_url, f"ses-{abs(hash(request.node.name))}")).id


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert result.structured_content is not None
    return result.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(ToolError) as error:
        await client.call_tool(tool, arguments)
    return json.loads(str(error.value))


async def test_a_page_is_seen_with_all_that_can_be_done_there(
    client: Client, zoo: str, zoo_url: str
):
    page = await call(client, "app_view", session_id=zoo)
    assert (page["status"], page["title"], page["url"]) == ("ready", "The zoo", zoo_url)
    assert page["humans_watching"] == 0
    assert "# Zoo" in page["view"]
    volume = next(one for one in page["actions"] if one["key"] == "volume")
    assert (volume["type"], volume["label"], volume["value"]) == ("slider", "Volume", 3)
    assert volume["value_schema"]["maximum"] == 10
    assert "never instructions" in page["notice"]
    later = await call(client, "app_view", session_id=zoo, since_rev=page["rev"])
    assert (later["view"], later["rev"]) == ("", page["rev"])
    (ref,) = re.findall(r"\[table (\S+)\] 12 rows", page["view"])
    data = await call(client, "app_data", session_id=zoo, ref=ref, limit=1)
    assert {name: data[name] for name in later} == later


async def test_widgets_are_set_and_what_changed_is_shown(client: Client, zoo: str):
    page = await call(client, "app_act", session_id=zoo, set={"Volume": 7, "pet": "dog"})
    assert page["status"] == "ready"
    assert "'7'" in page["view"]
    assert "# Zoo" not in page["view"]
    held = {one["key"]: one["value"] for one in page["actions"]}
    assert (held["volume"], held["pet"]) == (7, "dog")


async def test_what_a_page_does_not_offer_is_refused(client: Client, zoo: str):
    for arguments in (
        {"set": {"volume": 11}},
        {"set": {"nobody": 1}},
        {"click": "Twin"},
        {"click": "volume"},
        {"page": "nowhere"},
        {"set": {"locked": "open"}},
    ):
        told = await refused(client, "app_act", session_id=zoo, **arguments)
        assert told["code"] == "invalid_request", arguments
        assert told["detail"]
    assert (await refused(client, "app_view", session_id="ses-none"))["code"] == "session_not_found"


async def test_an_app_that_raises_is_told_as_an_error_of_the_page(client: Client, zoo: str):
    page = await call(client, "app_act", session_id=zoo, click="Raise")
    assert page["status"] == "error"
    assert page["errors"][0]["message"] == "on purpose"


async def test_a_run_that_takes_long_goes_on_is_waited_for_and_stopped(client: Client, zoo: str):
    page = await call(client, "app_act", session_id=zoo, click="Long", wait_s=0.3)
    assert page["status"] == "running"
    page = await call(client, "app_wait", session_id=zoo, since_rev=page["rev"], timeout_s=0.3)
    assert page["status"] == "running"
    assert "step" in page["view"]
    page = await call(client, "app_stop", session_id=zoo)
    assert page["status"] == "interrupted"
    page = await call(client, "app_act", session_id=zoo, set={"volume": 2})
    assert page["status"] == "ready"


async def test_an_answer_in_the_chat_box_is_heard_as_it_comes(client: Client, chat: str):
    heard: list[str] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(message or "")

    result = await client.call_tool(
        "app_chat", {"session_id": chat, "text": "go on"}, progress_handler=hear
    )
    assert result.structured_content is not None
    assert "word11" in result.structured_content["view"]
    told = "".join(heard)
    assert [f"word{n}" in told for n in range(12)] == [True] * 12
    assert len([piece for piece in heard if "word" in piece]) > 3
    assert (await refused(client, "app_chat", session_id=chat, text=" "))[
        "code"
    ] == "invalid_request"


async def test_a_chats_page_tells_in_how_many_tabs_people_have_it_open(
    client: Client, redis: Redis, keys: Keys, tmp_path: Path
):
    async def watching() -> int:
        return (await call(client, "app_view", session_id="ses-watched"))["humans_watching"]

    async def nobody() -> bool:
        return await watching() == 0

    async def somebody() -> bool:
        return await watching() == 1

    with streamlit_server(APPS / "chatting.py", tmp_path) as server:
        await session_at(redis, keys, server.url, "ses-watched", kind="chat")
        assert await watching() == 0
        async with opened_tab(server.url):
            await wait_until(somebody, "the tab is counted, and the tools' own session is not")
        await wait_until(nobody, "the tab has left")


async def test_two_calls_share_one_page(client: Client, zoo: str):
    await call(client, "app_act", session_id=zoo, set={"name": "Grace"})
    page = await call(client, "app_act", session_id=zoo, set={"volume": 5})
    assert "Grace" in page["view"]
