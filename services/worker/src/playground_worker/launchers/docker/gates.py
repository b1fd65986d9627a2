"""The gates: containers of the stack that stand in every page's network, at both of its ends.

The edge, by which a page reaches the chat backend, and the worker, which looks whether the page is
ready. They are found by a label, so that this works for whatever the stack is made of.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from playground_worker.launchers.docker.engine import Engine
from playground_worker.launchers.docker.refusals import EngineRefused

log = logging.getLogger(__name__)

GATE = "playground.gate"
_SERVICE = "com.docker.compose.service"
_KNOWN_FOR_S = 2.0


@dataclass(frozen=True)
class Gate:
    """A container, and the networks it is in."""

    id: str
    service: str | None
    """The name by which pages know it, where compose has started it."""
    networks: set[str] = field(default_factory=set[str])


class Gates:
    """Connects the gates to networks. What it knows of them is asked anew every two seconds."""

    def __init__(self, engine: Engine, owner: str) -> None:
        self._engine = engine
        self._label = f"{GATE}={owner}"
        self._known: list[Gate] = []
        self._known_at = float("-inf")
        self._asking = asyncio.Lock()

    async def connect(self, networks: Iterable[str], *, look: bool = False) -> None:
        """See to it that every gate is in each of these networks; *look*: ask who they are now.

        Raises LauncherAway. A gate that cannot be connected is logged: the next look tries again.
        """
        gates = await self._gates(fresh=look)
        missing = [(g, name) for name in networks for g in gates if name not in g.networks]
        await asyncio.gather(*(self._connect(gate, name) for gate, name in missing))

    async def leave(self, networks: Iterable[str]) -> None:
        """Take every gate out of these networks, that they can be removed. Raises LauncherAway.

        Also those that do not run: the engine starts no container whose network is gone.
        """
        gates = await self._engine.ask(lambda client: self._list(client, all=True))
        self._known_at = float("-inf")
        inside = [(g, name) for name in networks for g in gates if name in g.networks]
        await asyncio.gather(*(self._disconnect(gate, name) for gate, name in inside))

    async def _gates(self, *, fresh: bool) -> list[Gate]:
        async with self._asking:
            if fresh or time.monotonic() - self._known_at > _KNOWN_FOR_S:
                self._known = await self._engine.ask(self._list)
                self._known_at = time.monotonic()
            return self._known

    def _list(self, client: Any, **which: Any) -> list[Gate]:
        listed = client.containers(filters={"label": self._label}, **which)
        return [_gate(entry) for entry in listed]

    async def _connect(self, gate: Gate, network: str) -> None:
        aliases = [gate.service] if gate.service else None
        try:
            await self._engine.ask(
                lambda client: client.connect_container_to_network(
                    gate.id, network, aliases=aliases
                ),
                slow=True,
            )
        except EngineRefused as refused:
            if not refused.is_there_already:
                log.warning("%s cannot be connected to %s: %s", gate.id[:12], network, refused)
                return
        gate.networks.add(network)

    async def _disconnect(self, gate: Gate, network: str) -> None:
        try:
            await self._engine.ask(
                lambda client: client.disconnect_container_from_network(
                    gate.id, network, force=True
                )
            )
        except EngineRefused as refused:
            log.info("%s was not in %s any more: %s", gate.id[:12], network, refused)


def _gate(listed: dict[str, Any]) -> Gate:
    networks = listed["NetworkSettings"]["Networks"]
    return Gate(listed["Id"], listed["Labels"].get(_SERVICE), set(networks))
