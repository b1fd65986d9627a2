"""The edge's routes, in the words of Traefik's Redis provider."""

from typing import cast

import pytest

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Handle
from playground_worker.edge_routes import EdgeRoutes

pytestmark = pytest.mark.needs("redis")

PAGE = Handle(launcher="docker", slot="slot-7", data={"host": "10.231.0.2", "port": 8501})


async def told(redis: Redis, keys: Keys) -> dict[str, str]:
    names = cast(list[str], await redis.keys(f"{keys.edge()}*"))
    return {n.removeprefix(f"{keys.edge()}/"): str(await redis.get(n)) for n in names}


async def test_a_page_is_served_below_its_slot_and_sees_nothing_of_that(
    redis: Redis, keys: Keys
) -> None:
    routes = EdgeRoutes(redis, keys, enabled=True)
    await routes.open(PAGE)
    await routes.open(PAGE)
    assert await told(redis, keys) == {
        "http/routers/slot-7/rule": "PathPrefix(`/s/slot-7/`)",
        "http/routers/slot-7/entryPoints/0": "web",
        "http/routers/slot-7/service": "slot-7",
        "http/routers/slot-7/middlewares/0": "slot-7",
        "http/middlewares/slot-7/stripPrefix/prefixes/0": "/s/slot-7",
        "http/services/slot-7/loadBalancer/servers/0/url": "http://10.231.0.2:8501",
        "http/services/slot-7/loadBalancer/passHostHeader": "true",
    }


async def test_people_come_to_an_app_by_the_gateway_alone(redis: Redis, keys: Keys) -> None:
    routes = EdgeRoutes(redis, keys, enabled=True)
    await routes.open(PAGE, app=True)
    written = await told(redis, keys)
    assert written["http/routers/slot-7/entryPoints/0"] == "apps"
    assert written["http/services/slot-7/loadBalancer/passHostHeader"] == "false"
    await routes.close(PAGE.slot)
    assert await told(redis, keys) == {}


async def test_an_mcp_server_beside_a_page_is_the_gateway_s_too(redis: Redis, keys: Keys) -> None:
    routes = EdgeRoutes(redis, keys, enabled=True)
    await routes.open(PAGE, app=True, mcp_server_port=9000)
    written = await told(redis, keys)
    assert written["http/routers/slot-7-mcp/rule"] == "PathPrefix(`/m/slot-7/`)"
    assert written["http/routers/slot-7-mcp/entryPoints/0"] == "apps"
    assert (
        written["http/services/slot-7-mcp/loadBalancer/servers/0/url"] == "http://10.231.0.2:9000"
    )
    await routes.close(PAGE.slot)
    assert await told(redis, keys) == {}


async def test_no_page_opens_another_through_the_edge(redis: Redis, keys: Keys) -> None:
    await EdgeRoutes(redis, keys, enabled=True, refused="10.1.0.0/16, 10.2.0.0/16").open(PAGE)
    rule = (await told(redis, keys))["http/routers/slot-7/rule"]
    refused = "!ClientIP(`10.1.0.0/16`) && !ClientIP(`10.2.0.0/16`)"
    assert rule == f"PathPrefix(`/s/slot-7/`) && {refused}"


async def test_a_route_that_is_closed_leaves_nothing_and_no_other_is_touched(
    redis: Redis, keys: Keys
) -> None:
    routes = EdgeRoutes(redis, keys, enabled=True)
    await routes.open(PAGE)
    await routes.open(PAGE.model_copy(update={"slot": "slot-8"}))
    await routes.close("slot-7")
    await routes.close("slot-7")
    left = await told(redis, keys)
    assert len(left) == 7
    assert all("slot-8" in name for name in left)


async def test_where_there_is_no_edge_nothing_is_written(redis: Redis, keys: Keys) -> None:
    routes = EdgeRoutes(redis, keys, enabled=False)
    await routes.open(PAGE)
    await routes.close(PAGE.slot)
    assert await told(redis, keys) == {}
