"""Pages of sessions as the gateway has them: found, shared, opened for tools, here or there."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_gateway.apps.addresses import PageAddress, PageAddresses
from playground_gateway.apps.open_pages import OpenPages
from playground_gateway.bridge.link import Link, connect_directly
from playground_gateway.doors import Doors
from playground_gateway.mux.link import SharedLink
from playground_gateway.mux.pages import SharedPages
from playground_gateway.replicas.owners import Owners
from playground_gateway.replicas.passing_on import OtherReplicas
from playground_gateway.settings import GatewaySettings


@dataclass(frozen=True)
class Pages:
    """What the doors and tools that are about pages share."""

    addresses: PageAddresses
    shared: SharedPages
    for_tools: OpenPages
    owners: Owners
    others: OtherReplicas

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Keep pages for the block."""
        try:
            async with self.owners.running(), self.shared.running(), self.for_tools.running():
                yield
        finally:
            await self.others.close()


def pages_of(settings: GatewaySettings, redis: Redis, keys: Keys, doors: Doors) -> Pages:
    """Nothing is connected before it runs."""
    addresses = _page_addresses(settings, redis, keys, doors)
    shared = SharedPages(connect_directly, idle_s=settings.app_page_idle_s)
    for_tools = _open_pages(settings, addresses, shared)
    owners = _owners(settings, redis, keys, shared, for_tools)
    return Pages(addresses, shared, for_tools, owners, OtherReplicas(owners))


def _page_addresses(
    settings: GatewaySettings, redis: Redis, keys: Keys, doors: Doors
) -> PageAddresses:
    return PageAddresses(
        SessionStore(redis, keys),
        SlotStore(redis, keys),
        doors,
        pages_url=settings.pages_url,
        apps_url=settings.apps_url,
    )


def _open_pages(
    settings: GatewaySettings, addresses: PageAddresses, shared: SharedPages
) -> OpenPages:
    async def connect_to(address: PageAddress) -> Link:
        if address.is_app:
            return SharedLink(await shared.of(address.session_id, address.base_url))
        return await connect_directly(address.base_url)

    return OpenPages(
        addresses, connect_to, idle_s=settings.app_page_idle_s, most=settings.app_pages
    )


def _owners(
    settings: GatewaySettings, redis: Redis, keys: Keys, shared: SharedPages, pages: OpenPages
) -> Owners:
    async def leave(session_id: str) -> None:
        await pages.leave(session_id)
        await shared.leave(session_id)

    return Owners(
        redis,
        keys.page_owner,
        address=settings.own_address,
        in_use=lambda: shared.sessions() | pages.sessions(),
        leave=leave,
    )
