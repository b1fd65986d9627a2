"""The gateway's share of an app: what it is made of, in one screen.

To add tools: tools/catalogue.py. To add an address: an ASGI app in `endpoints`.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from prometheus_client import CollectorRegistry

from playground.redis_connection import connect
from playground.settings import StoreSettings
from playground_gateway.calls import CallMetrics, WatchedCalls
from playground_gateway.doors import Doors
from playground_gateway.endpoint import McpEndpoint
from playground_gateway.server import mcp_server
from playground_gateway.settings import GatewaySettings
from playground_gateway.tools.catalogue import all_tools
from playground_gateway.turns import Turns
from playground_http.composition import Part
from playground_http.health import Check


def gateway_part(
    settings: GatewaySettings, store: StoreSettings, registry: CollectorRegistry
) -> Part:
    """The MCP door. Nothing is connected before the part runs."""
    redis = connect(store.redis_url)
    doors = Doors(settings.api_url, settings.chat_url)
    turns = Turns(doors)
    tools = all_tools(settings, doors, turns)
    server = mcp_server(tools, [WatchedCalls(CallMetrics(registry))])
    endpoint = McpEndpoint(server)

    @asynccontextmanager
    async def running() -> AsyncGenerator[None]:
        try:
            async with endpoint.running():
                yield
        finally:
            await doors.close()
            await redis.aclose()

    async def redis_answers() -> Mapping[str, Any]:
        await redis.ping()
        return {}

    return Part(
        routers=[],
        running=running,
        checks={"redis": Check(redis_answers)},
        endpoints={"/mcp": endpoint},
    )
