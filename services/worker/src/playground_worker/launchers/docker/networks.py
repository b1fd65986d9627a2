"""Where pages sit: each alone in a network of its own, with the gates and no way out.

A network belongs to a port: the engine gives a port to one container at a time, so two pages are
never in one network. Networks are kept and used again, since making one takes a tenth of a second.

The way out is shut twice: addresses are not masqueraded, and the default gateway that pages are
told does not exist, so that a packet to anywhere else does not even leave the container.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from playground_worker.launchers.docker.containers import OWNER
from playground_worker.launchers.docker.engine import Engine
from playground_worker.launchers.docker.gates import Gates
from playground_worker.launchers.docker.refusals import EngineRefused, network_refusal

KIND = "playground.network"
_PREFIX_LENGTH = 28
_BRIDGE, _PAGE, _NOWHERE = 1, 10, 14
"""Who has which address of a network: the machine, the page, and nobody. Gates have 2 to 7."""
_NAMES_SORT_LAST = "zz-"
"""Of all its networks the engine takes the one whose name is first for a container's default route
and published ports. A gate's must stay where they are, whatever its own network is called."""


@dataclass(frozen=True)
class PageNetwork:
    """The network of the page that is published at a port."""

    name: str
    addresses: IPv4Network

    @property
    def page(self) -> str:
        """The page's address in it."""
        return str(self.addresses[_PAGE])

    @property
    def ipam(self) -> dict[str, Any]:
        """Its addresses as the engine's API takes them."""
        return {
            "Driver": "default",
            "Config": [
                {
                    "Subnet": str(self.addresses),
                    "Gateway": str(self.addresses[_BRIDGE]),
                    "IPRange": str(next(self.addresses.subnets(prefixlen_diff=1))),
                    "AuxiliaryAddresses": {"DefaultGatewayIPv4": str(self.addresses[_NOWHERE])},
                }
            ],
        }


class Networks:
    """The networks of one owner. Raises LauncherAway, LaunchFailed and NoCapacity."""

    def __init__(self, engine: Engine, gates: Gates, *, owner: str, subnets: IPv4Network) -> None:
        self._engine = engine
        self._gates = gates
        self._owner = owner
        self._subnets = subnets

    def of_port(self, port: int) -> PageNetwork:
        """The network of the page at that port: each port has other addresses."""
        count = 1 << (_PREFIX_LENGTH - self._subnets.prefixlen)
        first = int(self._subnets.network_address) + (port % count) * 2 ** (32 - _PREFIX_LENGTH)
        name = f"{_NAMES_SORT_LAST}{self._owner}-page-{port}"
        return PageNetwork(name, IPv4Network((first, _PREFIX_LENGTH)))

    async def make(self, network: PageNetwork) -> None:
        """Have the network, with these addresses."""
        found = await self._find(network.name)
        if found == str(network.addresses):
            return
        if found is not None:  # of a time when PLAYGROUND_PAGE_SUBNETS was another
            await self.remove([network.name])
        options = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
        await self._create(network.name, "page", options, network)

    async def open_internet(self, container: str, found: Mapping[str, Any] | None = None) -> None:
        """Give a page a way out, if *found* does not say that it has one: not to other pages."""
        name = f"{self._owner}-egress"
        if found is not None and name in found["NetworkSettings"]["Networks"]:
            return
        if await self._find(name) is None:
            await self._create(name, "egress", {"com.docker.network.bridge.enable_icc": "false"})
        try:
            await self._engine.ask(
                lambda client: client.connect_container_to_network(container, name), slow=True
            )
        except EngineRefused as refused:
            if not refused.is_there_already:
                raise

    async def owned(self) -> list[str]:
        """The names of all networks of this owner."""
        label = f"{OWNER}={self._owner}"
        listed = await self._engine.ask(lambda client: client.networks(filters={"label": label}))
        return [entry["Name"] for entry in listed]

    async def remove(self, names: Sequence[str]) -> None:
        """Remove networks that no page is in any more."""
        await self._gates.leave(names)
        await asyncio.gather(*(self._remove(name) for name in names))

    async def _remove(self, name: str) -> None:
        try:
            await self._engine.ask(lambda client: client.remove_network(name), slow=True)
        except EngineRefused as refused:
            if not refused.is_gone:
                raise

    async def _find(self, name: str) -> str | None:
        """The subnet of the network of that name."""
        try:
            found = await self._engine.ask(lambda client: client.inspect_network(name))
        except EngineRefused as refused:
            if refused.is_gone:
                return None
            raise
        return found["IPAM"]["Config"][0]["Subnet"]

    async def _create(
        self, name: str, kind: str, options: dict[str, str], network: PageNetwork | None = None
    ) -> None:
        labels = {OWNER: self._owner, KIND: kind}

        def create(client: Any) -> object:
            return client.create_network(
                name,
                driver="bridge",
                options=options,
                ipam=network.ipam if network else None,
                check_duplicate=True,
                labels=labels,
            )

        try:
            await self._engine.ask(create, slow=True)
        except EngineRefused as refused:
            if not refused.is_there_already:  # another worker was faster
                subnet = str(network.addresses) if network else "of the egress network"
                raise network_refusal(refused, subnet=subnet) from refused
