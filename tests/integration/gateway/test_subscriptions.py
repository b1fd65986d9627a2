"""Clients are told of what changes: in both eras, at both addresses, by whichever replica."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from fastmcp import Client
from mcp.client import Client as SdkClient
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    ServerEvent,
    event_from_wire,
)
from pydantic import BaseModel

from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.app_sessions import session_at
from tests.support.apps import APPS
from tests.support.gateway import running_web
from tests.support.scripted_model import ScriptedModel
from tests.support.streamlit_server import streamlit_server
from tests.support.waiting import wait_until
from tests.support.workers import WorkerThatLaunchesAtOnce

pytestmark = [
    pytest.mark.needs("redis", "streamlit"),
    pytest.mark.filterwarnings("ignore:resources/:mcp.shared.exceptions.MCPDeprecationWarning"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenarios of both replicas."""
    return tmp_path_factory.mktemp("scenarios")


@pytest.fixture(scope="module")
def replicas(
    redis_server_url: str, model: ScriptedModel, folder: Path
) -> Iterator[tuple[str, str]]:
    """Two of the gateway, on one Redis."""
    with (
        running_web(redis_server_url, model.url, folder) as one,
        running_web(redis_server_url, model.url, folder) as other,
    ):
        yield one, other


@pytest.fixture(scope="module")
def zoo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with streamlit_server(APPS / "zoo.py", tmp_path_factory.mktemp("zoo")) as server:
        yield server.url


@pytest.fixture
async def rest(replicas: tuple[str, str], redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=replicas[0], timeout=30) as made:
        yield made


@pytest.fixture(params=["2026-07-28", "2025-11-25"])
def era(request: pytest.FixtureRequest) -> str:
    return request.param


@asynccontextmanager
async def hearing(url: str, era: str, *uris: str) -> AsyncGenerator[list[ServerEvent]]:
    """What a client at *url* is told of lists and of *uris*, as it comes in."""
    heard: list[ServerEvent] = []
    async with AsyncExitStack() as stack:
        if era == "2025-11-25":
            client = await stack.enter_async_context(_legacy(url, heard))
            for uri in uris:
                await client.subscribe_resource(uri)  # pyright: ignore
        else:
            await stack.enter_async_context(_listening(url, heard, uris))
        yield heard


@asynccontextmanager
async def _legacy(
    url: str, heard: list[ServerEvent], may_open: asyncio.Event | None = None
) -> AsyncGenerator[SdkClient]:
    """A client that has its stream open, or will have it when it may."""
    opened = asyncio.Event()

    async def hear(message: Any) -> None:
        heard.extend(_told(message))

    async def noted(answer: httpx2.Response) -> None:
        if answer.request.method == "GET" and answer.status_code == 200:
            opened.set()

    async def held(request: httpx2.Request) -> None:
        if request.method == "GET" and may_open is not None:
            await may_open.wait()

    hooks = {"request": [held], "response": [noted]}
    async with httpx2.AsyncClient(event_hooks=hooks, timeout=30) as http:
        transport = streamable_http_client(url, http_client=http)
        async with SdkClient(transport, mode="legacy", message_handler=hear) as client:
            assert client.server_capabilities.resources.subscribe  # pyright: ignore
            if may_open is None:
                await asyncio.wait_for(opened.wait(), 10)
            yield client


def _told(message: Any) -> list[ServerEvent]:
    if not isinstance(message, BaseModel) or not hasattr(message, "method"):
        return []
    told = message.model_dump(mode="json", by_alias=True)
    event = event_from_wire(told["method"], told.get("params"))
    return [event] if event is not None else []


@asynccontextmanager
async def _listening(
    url: str, heard: list[ServerEvent], uris: Sequence[str]
) -> AsyncGenerator[None]:
    async def listen(client: SdkClient, ready: asyncio.Event) -> None:
        asked = {"prompts_list_changed": True, "resources_list_changed": True}
        async with client.listen(**asked, resource_subscriptions=uris) as events:
            ready.set()
            async for event in events:
                heard.append(event)

    async with SdkClient(url) as client, asyncio.TaskGroup() as group:
        ready = asyncio.Event()
        task = group.create_task(listen(client, ready))
        await asyncio.wait_for(ready.wait(), 10)
        yield
        task.cancel()


async def launched(rest: httpx.AsyncClient) -> str:
    answer = await rest.post("/v1/sessions?wait=10", json={"scenario": "helpdesk"})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_what_happens_at_one_replica_is_told_at_both(
    replicas: tuple[str, str], rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, era: str
):
    name = await launched(rest)
    session, messages = f"session://{name}", f"session://{name}/messages"
    page = f"app://{name}/page"
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(hearing(f"{url}{path}", era, session, messages, page))
            for url in replicas
            for path in ("/mcp", f"/mcp/sessions/{name}")
        ]
        other = await stack.enter_async_context(
            hearing(f"{replicas[1]}/mcp", era, "session://somebody-else/messages")
        )
        said = {"session_id": name, "input": "[[tokens=2]]"}
        assert (await rest.post("/v1/chat", json=said)).status_code == 200
        told = {ResourceUpdated(messages), ResourceUpdated(page)}
        for heard in clients:
            await wait_until(lambda h=heard: told <= set(h), "new messages are told")
        assert (await rest.patch(f"/v1/sessions/{name}", json={"title": "New"})).status_code == 200
        for heard in (*clients, other):
            await wait_until(lambda h=heard: ResourcesListChanged() in h, "a new title is told")
        for heard in clients:
            await wait_until(lambda h=heard: ResourceUpdated(session) in h, "the session is told")
        assert not any(isinstance(event, ResourceUpdated) for event in other)


async def test_a_session_s_address_tells_of_no_other_session(
    replicas: tuple[str, str], rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, era: str
):
    own, other = await launched(rest), await launched(rest)
    address = f"{replicas[0]}/mcp/sessions/{own}"
    uris = [f"session://{own}"]
    if era == "2026-07-28":  # it leaves out what it does not honor; the other era refuses
        uris += [f"session://{other}", f"session://{other}/messages"]
    async with hearing(address, era, *uris) as heard:
        await rest.post("/v1/chat", json={"session_id": other, "input": "[[tokens=1]]"})
        await rest.patch(f"/v1/sessions/{other}", json={"title": "Theirs"})
        await rest.patch(f"/v1/sessions/{own}", json={"title": "Ours"})
        await wait_until(lambda: ResourcesListChanged() in heard, "the own change is told")
        assert {e.uri for e in heard if isinstance(e, ResourceUpdated)} <= {f"session://{own}"}
        assert heard.count(ResourcesListChanged()) == 1


async def test_a_session_s_address_refuses_what_is_not_its_own(
    replicas: tuple[str, str], rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    own, other = await launched(rest), await launched(rest)
    files = {"file": ("note.txt", "A note.")}
    sent = await rest.post(f"/v1/sessions/{other}/documents", files=files)
    async with _legacy(f"{replicas[0]}/mcp/sessions/{own}", []) as client:
        for uri in (f"session://{other}", f"app://{other}/page", f"doc://{sent.json()['id']}"):
            with pytest.raises(MCPError):
                await client.subscribe_resource(uri)  # pyright: ignore


async def test_a_session_of_which_nothing_is_kept_leaves_the_list(
    replicas: tuple[str, str], rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, era: str
):
    session = f"session://{await launched(rest)}"
    path = session.replace("session://", "/v1/sessions/")
    assert (await rest.delete(path)).status_code == 200
    said = f"{session}/messages"
    async with hearing(f"{replicas[1]}/mcp", era, session, said) as heard:
        assert (await rest.delete(path, params={"purge": True})).status_code == 204
        told = {ResourcesListChanged(), ResourceUpdated(session), ResourceUpdated(said)}
        await wait_until(lambda: told <= set(heard), "its going is told")


async def test_a_scenario_that_is_dropped_in_changes_prompts_and_resources(
    replicas: tuple[str, str], rest: httpx.AsyncClient, folder: Path, era: str
):
    file, uri = folder / f"new-{era}.yaml", f"scenario://new-{era}"
    async with hearing(f"{replicas[1]}/mcp", era, uri) as heard:
        await wait_until(lambda: _dropped_in(file, heard), "a new scenario is told")
        expected = {PromptsListChanged(), ResourcesListChanged(), ResourceUpdated(uri)}
        await wait_until(lambda: expected <= set(heard), "all that it changes is told")
    file.unlink()


def _dropped_in(file: Path, heard: list[ServerEvent]) -> bool:
    """Whether it was told; written anew at each look, as only what changes later is news."""
    number = len(file.read_text()) if file.exists() else 0
    title = "x" * (number % 60 + 1)
    file.write_text(f"name: {file.stem}\ntitle: {title}\nsystem_prompt: Be new.\n")
    return PromptsListChanged() in heard


async def test_a_document_that_is_taken_away_is_told(
    replicas: tuple[str, str], rest: httpx.AsyncClient, era: str
):
    documents = "/v1/sessions/reading/documents"
    document = (await rest.post(documents, files={"file": ("note.txt", "A note.")})).json()["id"]
    async with hearing(f"{replicas[1]}/mcp", era, f"doc://{document}") as heard:
        assert (await rest.delete(f"{documents}/{document}")).status_code == 204
        gone = ResourceUpdated(f"doc://{document}")
        await wait_until(lambda: gone in heard, "the document is told")


async def test_a_document_that_comes_changes_the_list_of_its_session(
    replicas: tuple[str, str], rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, era: str
):
    name = await launched(rest)
    documents = f"/v1/sessions/{name}/documents"

    async def one_more_is_told() -> bool:
        answer = await rest.post(f"{documents}?wait=0", files={"file": ("note.txt", "A note.")})
        assert answer.status_code == 201, answer.text
        return ResourcesListChanged() in heard

    async with hearing(f"{replicas[1]}/mcp/sessions/{name}", era) as heard:
        await wait_until(one_more_is_told, "a document that comes is told")


async def test_a_page_that_a_tool_uses_is_told_at_the_other_replica(
    replicas: tuple[str, str], redis: Redis, keys: Keys, zoo_url: str
):
    await session_at(redis, keys, zoo_url, "ses-zoo")
    async with (
        hearing(f"{replicas[1]}/mcp", "2026-07-28", "app://ses-zoo/page") as heard,
        Client(f"{replicas[0]}/mcp") as client,
    ):
        await client.call_tool("app_act", {"session_id": "ses-zoo", "set": {"name": "Grace"}})
        updated = ResourceUpdated("app://ses-zoo/page")
        await wait_until(lambda: updated in heard, "the page is told")


async def test_what_happens_before_a_client_has_its_stream_is_told_when_it_has(
    replicas: tuple[str, str], rest: httpx.AsyncClient
):
    heard, may_open = list[ServerEvent](), asyncio.Event()
    updated = ResourceUpdated("session://early/messages")
    async with (
        _legacy(f"{replicas[0]}/mcp", heard, may_open) as client,
        hearing(f"{replicas[0]}/mcp", "2025-11-25", updated.uri) as early,
    ):
        await client.subscribe_resource(updated.uri)  # pyright: ignore
        said = {"session_id": "early", "input": "[[tokens=1]]"}
        assert (await rest.post("/v1/chat", json=said)).status_code == 200
        await wait_until(lambda: updated in early, "who has its stream is told")
        assert heard == []
        may_open.set()
        await wait_until(lambda: updated in heard, "the other one is told when it has its own")


async def test_what_happens_while_a_stream_is_broken_is_told_to_who_takes_it_up_again(
    replicas: tuple[str, str], rest: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    name = await launched(rest)
    client = await _connected(rest)
    async with hearing(f"{replicas[0]}/mcp", "2025-11-25") as other:
        async with rest.stream("GET", "/mcp", headers=client) as stream:
            await rest.patch(f"/v1/sessions/{name}", json={"title": "One"})
            first = await _next_event(stream)
        await wait_until(lambda: ResourcesListChanged() in other, "the first change is told")
        other.clear()
        await rest.patch(f"/v1/sessions/{name}", json={"title": "Two"})
        await wait_until(lambda: ResourcesListChanged() in other, "the second change is told")
        again = {**client, "Last-Event-ID": first["id"]}
        async with rest.stream("GET", "/mcp", headers=again) as stream:
            assert "resources/list_changed" in (await _next_event(stream))["data"]


async def _connected(rest: httpx.AsyncClient) -> dict[str, str]:
    """The headers of a client of 2025-11-25 that has shaken hands."""
    headers = {"Accept": "application/json, text/event-stream"}
    about = {"name": "raw", "version": "1"}
    asked = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": about}
    shaken = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": asked}
    answer = await rest.post("/mcp", json=shaken, headers=headers)
    known = {"Mcp-Session-Id": answer.headers["mcp-session-id"]}
    headers = {**headers, **known, "MCP-Protocol-Version": "2025-11-25"}
    told = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert (await rest.post("/mcp", json=told, headers=headers)).status_code == 202
    named = {"method": "resources/subscribe", "params": {"uri": "session://raw"}}
    await rest.post("/mcp", json={"jsonrpc": "2.0", "id": 2, **named}, headers=headers)
    return headers


async def _next_event(stream: httpx.Response) -> dict[str, str]:
    """The fields of the next event that tells something."""
    event: dict[str, str] = {}
    async for line in stream.aiter_lines():
        name, _, value = line.partition(": ")
        event[name] = value
        if not line and event.get("data"):
            return event
    raise AssertionError("the stream has ended")


async def test_what_is_no_longer_subscribed_to_is_no_longer_told(
    replicas: tuple[str, str], rest: httpx.AsyncClient
):
    heard: list[ServerEvent] = []
    async with _legacy(f"{replicas[0]}/mcp", heard) as client:
        for uri in ("session://gone/messages", "session://kept/messages"):
            await client.subscribe_resource(uri)  # pyright: ignore
        await client.unsubscribe_resource("session://gone/messages")  # pyright: ignore
        for name in ("gone", "kept"):
            said = {"session_id": name, "input": "[[tokens=1]]"}
            assert (await rest.post("/v1/chat", json=said)).status_code == 200
        kept = ResourceUpdated("session://kept/messages")
        await wait_until(lambda: kept in heard, "the other one is told")
        assert ResourceUpdated("session://gone/messages") not in heard


async def test_more_than_anybody_needs_is_refused(replicas: tuple[str, str], redis_url: str):
    uris = [f"session://{number}" for number in range(201)]
    async with SdkClient(f"{replicas[0]}/mcp") as client:
        with pytest.raises(MCPError) as error:
            async with client.listen(resource_subscriptions=uris):
                pass
    assert error.value.error.data["code"] == "too_large"
