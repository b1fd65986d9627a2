"""The docker launcher: each page in a container of its own, confined and alone in its network."""

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence

from playground.errors import LaunchFailed, PlaygroundError
from playground.sessions.model import Handle
from playground_worker.launchers.docker import containers
from playground_worker.launchers.docker.app_folders import packed_app
from playground_worker.launchers.docker.conditions import GONE, condition_of
from playground_worker.launchers.docker.departure import is_stack_going_down
from playground_worker.launchers.docker.engine import Engine
from playground_worker.launchers.docker.gates import Gates
from playground_worker.launchers.docker.networks import Networks
from playground_worker.launchers.docker.refusals import (
    EngineRefused,
    image_missing,
    meaning,
    meaning_for_app,
)
from playground_worker.launchers.docker.reservations import reserved
from playground_worker.launchers.docker.units import Units
from playground_worker.launchers.protocol import (
    LOG_LINES,
    Allowance,
    AppImage,
    Condition,
    UnitDied,
    UnitSpec,
)
from playground_worker.settings import DockerSettings

log = logging.getLogger(__name__)

_TRIED_LAST_FOR_S = 30.0
"""A port that somebody else on the machine has is not the first to be tried again for so long."""
_CAUSE_LINES = 5


class DockerLauncher:
    """Pages as containers. What it remembers makes it faster; the engine is its memory.

    Besides what the protocol names, everything may raise LauncherAway.
    """

    name: str = "docker"

    def __init__(self, settings: DockerSettings) -> None:
        self.config: str = ""
        self._settings = settings
        self._engine = Engine(
            settings.docker_host,
            timeout_s=settings.docker_timeout_s,
            slow_timeout_s=settings.docker_slow_timeout_s,
        )
        self._units = Units(self._engine, settings.owner)
        self._gates = Gates(self._engine, settings.owner)
        self._networks = Networks(
            self._engine, self._gates, owner=settings.owner, subnets=settings.page_subnets
        )
        self._common = containers.options(pids=settings.page_pids, tmp_mb=settings.page_tmp_mb)
        self._taken_by_others: dict[int, float] = {}

    async def start(self) -> None:
        """Look at the image and at the units; what is wrong with them is logged."""
        try:
            await self._look_at_image()
            await self.owned()
        except PlaygroundError as error:
            log.warning("no page can be launched yet: %s", error.detail)

    async def close(self) -> None:
        """Close the connections to the engine. Units go on."""
        self._engine.close()

    async def launch(self, spec: UnitSpec) -> Handle:
        """Start a container. Raises NoCapacity, UnitMissing, UnitOutOfMemory or LaunchFailed."""
        folder = await asyncio.to_thread(packed_app, spec.app)
        try:
            _, listed = await asyncio.gather(self._look_at_image(), self._units.list())
            for port in self._candidates(spec.preferred_port, listed):
                with reserved(self._settings.owner, port) as ours:
                    handle = await self._try(spec, port, folder) if ours else None
                if handle is not None:
                    return handle
        except EngineRefused as refused:
            memory_mb = spec.allowance.memory_mb
            if isinstance(spec.app, AppImage):
                raise meaning_for_app(
                    refused, image=spec.app.name, memory_mb=memory_mb
                ) from refused
            image = self._settings.page_image
            raise meaning(refused, image=image, memory_mb=memory_mb) from refused
        raise self._settings.ports.exhausted()

    async def stop(self, handle: Handle) -> None:
        """SIGTERM, a second later SIGKILL; the container is removed when this returns."""
        container = await self._units.find(handle)
        if container is not None:
            await self._units.stop(container)

    async def inspect(self, handles: Sequence[Handle]) -> Mapping[str, Condition]:
        """Who of them runs, in one call; and one more for each that does not."""
        if not handles:
            return {}
        listed = {entry["Labels"].get(containers.SLOT): entry for entry in await self._units.list()}
        conditions = await asyncio.gather(*(self._condition(listed.get(h.slot)) for h in handles))
        return {handle.slot: c for handle, c in zip(handles, conditions, strict=True)}

    async def memory(self, handles: Sequence[Handle]) -> Mapping[str, int]:
        """One call for each."""
        known = {h.slot: h.data["container"] for h in handles if "container" in h.data}
        sizes = await asyncio.gather(*(self._units.memory(one) for one in known.values()))
        return {slot: size for slot, size in zip(known, sizes, strict=True) if size}

    async def owned(self) -> list[Handle]:
        """Every page's container, alive or dead; the networks of those that run are mended."""
        listed = [e for e in await self._units.list() if containers.SLOT in e["Labels"]]
        await asyncio.gather(self._mend(listed), self._refresh_config())
        return [containers.handle_of(e["Labels"], e["Id"], self.name) for e in listed]

    async def fit(self, handle: Handle, session_id: str, allowance: Allowance) -> None:
        """Limits, internet and name of a page that waited, as its session's scenario has them."""
        container = await self._units.find(handle)
        found = await self._units.look_at(container) if container else None
        if container is None or found is None:
            raise UnitDied("The page that waited is gone.")
        try:
            await self._units.limit(container, found, allowance)
            await self._units.rename(container, found, session_id)
            if allowance.internet:
                await self._networks.open_internet(container, found)
        except EngineRefused as refused:
            image = self._settings.page_image
            raise meaning(refused, image=image, memory_mb=allowance.memory_mb) from refused

    async def read_log(self, handle: Handle, lines: int) -> str:
        """The last lines of the container's log, colours and paths as they are."""
        container = await self._units.find(handle)
        return await self._units.read_log(container, min(lines, LOG_LINES)) if container else ""

    async def clear(self) -> None:
        """Remove every container and network of this owner: the stack goes down for good."""
        await asyncio.gather(*(self._units.stop(e["Id"]) for e in await self._units.list()))
        await self._networks.remove(await self._networks.owned())

    async def is_going_down(self) -> bool:
        """Whether this worker's whole compose project is being stopped, and not it alone."""
        return await is_stack_going_down(self._engine, socket.gethostname())

    async def _try(self, spec: UnitSpec, port: int, folder: bytes) -> Handle | None:
        """The page at that port, or None where somebody else has the port."""
        network = self._networks.of_port(port)
        await self._networks.make(network)
        labels = {
            containers.OWNER: self._settings.owner,
            containers.SLOT: spec.slot,
            containers.SESSION: spec.session_id,
            containers.CONFIG: self.config,
            containers.PORT: str(port),
            containers.HOST: network.page,
        }
        image = self._settings.page_image
        if isinstance(spec.app, AppImage):
            image, labels[containers.APP_PORT] = spec.app.name, str(spec.app.port)
        description = containers.description(
            spec,
            image=image,
            common=self._common,
            labels=labels,
            network=network.name,
        )
        container = await self._units.create(spec.slot, description)
        try:
            if folder:
                await self._units.put(container, containers.APP_FOLDER, folder)
            if spec.allowance.internet:
                await self._networks.open_internet(container)
            await _both(self._units.start(container), self._gates.connect([network.name]))
        except BaseException as error:
            await self._discard(container)
            if isinstance(error, EngineRefused) and error.port_is_taken:
                log.info("port %d is taken by somebody else", port)
                self._taken_by_others[port] = time.monotonic()
                return None
            raise
        return containers.handle_of(labels, container, self.name)

    def _meaning(self, refused: EngineRefused, spec: UnitSpec) -> PlaygroundError:
        memory_mb = spec.allowance.memory_mb
        if isinstance(spec.app, AppImage):
            return meaning_for_app(refused, image=spec.app.name, memory_mb=memory_mb)
        return meaning(refused, image=self._settings.page_image, memory_mb=memory_mb)

    async def _discard(self, container: str) -> None:
        try:
            await self._units.remove(container)
        except LaunchFailed as error:  # the janitor finds it by its label
            log.warning("a container that did not start stays for now: %s", error.detail)

    def _candidates(
        self, preferred: int | None, listed: Iterable[containers.Json]
    ) -> Iterator[int]:
        """Ports that no page of ours has.

        Those come last that others have taken, and those of dead pages, which may come back there.
        """
        busy: set[int] = set()
        left: set[int] = set()
        for entry in listed:
            port = int(entry["Labels"].get(containers.PORT, 0))
            (busy if containers.holds_its_port(entry) else left).add(port)
        since = time.monotonic() - _TRIED_LAST_FOR_S
        free = [p for p in self._settings.ports.candidates(preferred) if p not in busy]
        free.sort(
            key=lambda port: (
                (port in left and port != preferred)
                or self._taken_by_others.get(port, since) > since
            )
        )
        return iter(free)

    async def _condition(self, listed: containers.Json | None) -> Condition:
        if listed is None:
            return GONE
        if containers.is_alive(listed):
            return Condition(alive=True)
        inspected = await self._units.look_at(listed["Id"])
        if inspected is None:
            return GONE
        return condition_of(inspected, await self._units.read_log(listed["Id"], _CAUSE_LINES))

    async def _mend(self, listed: Iterable[containers.Json]) -> None:
        """Connect gates that were made anew to the networks of the pages that run."""
        ports = [int(e["Labels"][containers.PORT]) for e in listed if containers.is_alive(e)]
        if ports:
            await self._gates.connect([self._networks.of_port(p).name for p in ports], look=True)

    async def _refresh_config(self) -> None:
        try:
            await self._look_at_image()
        except LaunchFailed as error:
            log.debug("the page image cannot be looked at: %s", error.detail)

    async def _look_at_image(self) -> None:
        """Know what a page made now would be made of. Raises UnitMissing."""
        image = self._settings.page_image
        try:
            found = await self._engine.ask(lambda client: client.inspect_image(image))
        except EngineRefused as refused:
            if refused.is_gone:
                raise image_missing(image) from refused
            raise
        self.config = containers.config_hash(found["Id"], self._common)


async def _both(start: Awaitable[None], connect: Awaitable[None]) -> None:
    """Both at once; where one fails, the other has ended as well before its error is raised."""
    for outcome in await asyncio.gather(start, connect, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
