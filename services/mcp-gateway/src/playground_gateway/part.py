"""The gateway's share of an app: what it is made of, in one screen.

To add tools: tools/catalogue.py. To add an address: an ASGI app in `endpoints`.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from fastmcp import FastMCP
from prometheus_client import CollectorRegistry

from playground.documents.shelf import Shelf
from playground.keys import Keys
from playground.redis_connection import Redis, connect
from playground.sessions.store import SessionStore
from playground.settings import StoreSettings
from playground_gateway.all_pages import Pages, pages_of
from playground_gateway.calls import CallMetrics, WatchedCalls
from playground_gateway.doors import Doors
from playground_gateway.endpoint import McpEndpoint
from playground_gateway.one_session import INSTRUCTIONS as OF_ONE_SESSION
from playground_gateway.one_session import PATH as SESSION_PATH
from playground_gateway.one_session import (
    OneSessionReading,
    SessionEndpoint,
    completion_of_one_session,
    tools_of_one_session,
)
from playground_gateway.pages.door import PATH as PAGE_PATH
from playground_gateway.pages.door import PageDoor
from playground_gateway.pages.files import LARGEST_UPLOAD
from playground_gateway.passing.door import PATH as SERVER_PATH
from playground_gateway.passing.door import OwnServerDoor
from playground_gateway.passing.servers import OwnServers
from playground_gateway.policy.bounds import Bounds
from playground_gateway.policy.launches import Launches
from playground_gateway.policy.rules import Rules
from playground_gateway.reading.completions import completion
from playground_gateway.reading.pages import PageResources
from playground_gateway.reading.prompts import ScenarioPrompts
from playground_gateway.reading.resources import PlaygroundResources
from playground_gateway.replicas.calls import CallsWhereThePageIs
from playground_gateway.replicas.clients import ClientsOfAll
from playground_gateway.replicas.owners import Owners
from playground_gateway.server import mcp_server
from playground_gateway.settings import GatewaySettings
from playground_gateway.subscriptions.news import News
from playground_gateway.subscriptions.serving import Subscriptions
from playground_gateway.tools.app_files import LARGEST_BODY, app_file_tools
from playground_gateway.tools.apps import app_tools
from playground_gateway.tools.catalogue import all_tools
from playground_gateway.turns import Turns
from playground_http.composition import Part
from playground_http.health import Check
from playground_http.stopping import STOPPING


def gateway_part(
    settings: GatewaySettings, store: StoreSettings, registry: CollectorRegistry
) -> Part:
    """The MCP door. Nothing is connected before the part runs; its rooms end in reverse."""
    redis = connect(store.redis_url)
    doors = Doors(settings.api_url, settings.chat_url)
    turns = Turns(doors)
    keys = Keys(store.tenant)
    pages = pages_of(settings, redis, keys, doors)
    bounds = _bounds(settings, redis, keys)
    page_door = PageDoor(pages.addresses, pages.shared, pages.others)
    own_servers = OwnServerDoor(OwnServers(pages.addresses, doors, bounds.rules), registry)
    news = News(redis, keys, doors, pages.shared, bounds.rules)
    servers = _servers(settings, doors, turns, pages, bounds, registry)
    endpoint, one_session = (_endpoint(one, news, settings, redis, keys) for one in servers)
    rooms = (news, pages, page_door, own_servers, endpoint, one_session)

    @asynccontextmanager
    async def running() -> AsyncGenerator[None]:
        drained = _drained(turns, news.subscriptions, store.drain_s)
        draining = asyncio.create_task(drained, name="drain")
        try:
            async with AsyncExitStack() as stack:
                for room in rooms:
                    await stack.enter_async_context(room.running())
                yield
        finally:
            draining.cancel()
            await asyncio.gather(draining, return_exceptions=True)
            await doors.close()
            await redis.aclose()

    async def redis_answers() -> Mapping[str, Any]:
        await redis.ping()
        return {}

    return Part(
        routers=[],
        running=running,
        checks={"redis": Check(redis_answers)},
        endpoints={
            "/mcp": endpoint,
            SESSION_PATH: SessionEndpoint(one_session, doors, bounds.rules),
            SERVER_PATH: own_servers,
        },
        mounts={PAGE_PATH: page_door},
        larger_bodies={r"/mcp(/.*)?": LARGEST_BODY, r"/s/.*": LARGEST_UPLOAD},
    )


def _servers(
    settings: GatewaySettings,
    doors: Doors,
    turns: Turns,
    pages: Pages,
    bounds: Bounds,
    registry: CollectorRegistry,
) -> tuple[FastMCP, FastMCP]:
    """The server of the whole playground, and that of the one session which an address names."""
    tools = [
        *all_tools(settings, doors, turns, bounds.rules),
        *app_tools(pages.for_tools, turns),
        *app_file_tools(pages.for_tools, turns),
    ]
    there = CallsWhereThePageIs(pages.others, turns)
    around = [WatchedCalls(CallMetrics(registry)), bounds, there]
    resources = PlaygroundResources(doors, bounds.rules)
    screens = PageResources(pages.for_tools, pages.others, bounds.rules)
    whole = mcp_server(
        tools,
        around,
        read=[resources, screens, ScenarioPrompts(doors)],
        complete=completion(doors, bounds.rules),
    )
    one_session = mcp_server(
        tools_of_one_session(tools),
        around,
        read=[OneSessionReading(doors, [resources, screens])],
        complete=completion_of_one_session(doors),
        instructions=OF_ONE_SESSION,
    )
    return whole, one_session


def _bounds(settings: GatewaySettings, redis: Redis, keys: Keys) -> Bounds:
    rules = Rules(
        SessionStore(redis, keys),
        Shelf(redis, keys),
        read_only=settings.mcp_read_only,
        scenarios=settings.mcp_allowed_scenarios,
    )
    launches = Launches(
        redis,
        keys,
        per_minute=settings.mcp_launches_per_minute,
        most=settings.mcp_sessions_per_client,
    )
    return Bounds(rules, launches)


def _endpoint(
    server: FastMCP,
    news: News,
    settings: GatewaySettings,
    redis: Redis,
    keys: Keys,
) -> ClientsOfAll:
    endpoint = McpEndpoint(server, largest_body=LARGEST_BODY)
    news.subscriptions.serve_on(server, endpoint.streams)

    async def leave(_client: str) -> None:
        """A client stays where its stream is."""

    owners = Owners(
        redis,
        keys.client_owner,
        address=settings.own_address,
        in_use=endpoint.clients,
        leave=leave,
    )
    return ClientsOfAll(endpoint, owners)


async def _drained(turns: Turns, subscriptions: Subscriptions, drain_s: float) -> None:
    """End calls a second before their connections are cut, so that clients hear why."""
    await STOPPING.wait()
    subscriptions.close()
    await turns.drain(max(0.0, drain_s - 1))
