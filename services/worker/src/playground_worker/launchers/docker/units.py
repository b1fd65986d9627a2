"""A page's container from its making to its removal: the calls, and nothing decided."""

import asyncio
from typing import Any

from playground.sessions.model import Handle
from playground_worker.launchers.docker.containers import OWNER, SLOT, Json, limits
from playground_worker.launchers.docker.engine import Engine
from playground_worker.launchers.docker.refusals import EngineRefused
from playground_worker.launchers.last_words import LOG_BYTES
from playground_worker.launchers.protocol import Allowance

_GRACE_S = 1


class Units:
    """The containers of one owner. Raises LauncherAway, and EngineRefused where nothing is said."""

    def __init__(self, engine: Engine, owner: str) -> None:
        self._engine = engine
        self._owner = owner

    async def list(self, slot: str | None = None) -> list[dict[str, Any]]:
        """Every container of this owner, or of one slot, alive or dead, as the engine lists it."""
        labels = [f"{OWNER}={self._owner}", *([f"{SLOT}={slot}"] if slot else [])]

        def ask(client: Any) -> list[dict[str, Any]]:
            return client.containers(all=True, filters={"label": labels})

        return await self._engine.ask(ask)

    async def create(self, slot: str, description: Json) -> str:
        """The id of a new container of that slot; what an earlier try has left is removed."""
        name = f"{self._owner}-{slot}"

        def ask(client: Any) -> str:
            return client.create_container_from_config(description, name)["Id"]

        try:
            return await self._engine.ask(ask, slow=True)
        except EngineRefused as refused:
            if not refused.is_there_already:
                raise
        await asyncio.gather(*(self.remove(entry["Id"]) for entry in await self.list(slot)))
        return await self._engine.ask(ask, slow=True)

    async def put(self, container: str, folder: str, archive: bytes) -> None:
        """Unpack a tar archive into a volume of the container, which need not run yet."""
        await self._engine.ask(
            lambda client: client.put_archive(container, folder, archive), slow=True
        )

    async def start(self, container: str) -> None:
        await self._engine.ask(lambda client: client.start(container), slow=True)

    async def find(self, handle: Handle) -> str | None:
        """The id of a unit's container; a handle that was cut off from it has only its slot."""
        if "container" in handle.data:
            return handle.data["container"]
        return next((entry["Id"] for entry in await self.list(handle.slot)), None)

    async def look_at(self, container: str) -> dict[str, Any] | None:
        """All that the engine knows of it; None if it is gone."""
        try:
            return await self._engine.ask(lambda client: client.inspect_container(container))
        except EngineRefused as refused:
            if refused.is_gone:
                return None
            raise

    async def stop(self, container: str) -> None:
        """SIGTERM, a second later SIGKILL, then removed; nothing happens if it is gone."""
        try:
            await self._engine.ask(lambda client: client.stop(container, timeout=_GRACE_S))
        except EngineRefused as refused:
            if refused.is_gone:
                return
        await self.remove(container)

    async def remove(self, container: str) -> None:
        """Remove it, running or not, with its volumes; when this returns, it is gone."""
        try:
            await self._engine.ask(
                lambda client: client.remove_container(container, v=True, force=True), slow=True
            )
        except EngineRefused as refused:
            if refused.is_under_way:
                await self._until_removed(container)
            elif not refused.is_gone:
                raise

    async def memory(self, container: str) -> int:
        """Bytes that it holds, as `docker stats` counts them; 0 if it is gone."""

        def ask(client: Any) -> Json:
            return client.stats(container, stream=False, one_shot=True)

        try:
            held: Json = (await self._engine.ask(ask)).get("memory_stats", {})
        except EngineRefused as refused:
            if refused.is_gone:
                return 0
            raise
        files = held.get("stats", {}).get("inactive_file", 0)
        return max(0, held.get("usage", 0) - files)

    async def read_log(self, container: str, lines: int) -> str:
        """The last lines of its log; empty if it is gone."""

        def ask(client: Any) -> bytes:
            return client.logs(container, tail=lines)

        try:
            text = await self._engine.ask(ask)
        except EngineRefused as refused:
            if refused.is_gone:
                return ""
            raise
        return text[-LOG_BYTES:].decode(errors="replace")

    async def limit(self, container: str, found: Json, allowance: Allowance) -> None:
        """Give a container these limits, if *found* says that it has others."""
        wanted = limits(allowance)
        if all(found["HostConfig"].get(name) == value for name, value in wanted.items()):
            return
        await self._engine.ask(
            lambda client: client.update_container(
                container,
                mem_limit=wanted["Memory"],
                memswap_limit=wanted["MemorySwap"],
                cpu_period=wanted["CpuPeriod"],
                cpu_quota=wanted["CpuQuota"],
            )
        )

    async def rename(self, container: str, found: Json, session_id: str) -> None:
        """Call it after its session, where that name is free: it is for people to read."""
        name = f"{self._owner}-{session_id}"
        if found["Name"] == f"/{name}":
            return
        try:
            await self._engine.ask(lambda client: client.rename(container, name))
        except EngineRefused as refused:
            if not refused.is_there_already:
                raise

    async def _until_removed(self, container: str) -> None:
        try:
            await self._engine.ask(lambda client: client.wait(container, condition="removed"))
        except EngineRefused as refused:
            if not refused.is_gone:
                raise
