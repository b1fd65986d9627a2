"""Launchers without processes, named after what goes wrong with them."""

import asyncio
from collections.abc import Mapping, Sequence

from playground.errors import NoCapacity
from playground.sessions.model import Handle
from playground_worker.launchers.protocol import Allowance, Condition, LauncherAway, UnitSpec
from playground_worker.readiness import NotReadyYet


class LauncherInMemory:
    """Obeys the protocol: its units are entries of a dict, and ready at once."""

    name = "memory"

    def __init__(self) -> None:
        self.units: dict[str, Handle] = {}
        self.dead: dict[str, str] = {}
        self.specs: list[UnitSpec] = []
        self.probed: list[tuple[str, int]] = []
        self.config = "as it is now"
        self.fitted: dict[str, tuple[str, Allowance]] = {}

    async def launch(self, spec: UnitSpec) -> Handle:
        self.specs.append(spec)
        port = spec.preferred_port or 9000 + len(self.specs)
        data = {"host": "127.0.0.1", "port": port, "published": port, "config": self.config}
        self.units[spec.slot] = Handle(launcher=self.name, slot=spec.slot, data=data)
        return self.units[spec.slot]

    async def stop(self, handle: Handle) -> None:
        self.units.pop(handle.slot, None)

    async def inspect(self, handles: Sequence[Handle]) -> Mapping[str, Condition]:
        return {h.slot: self._condition(h.slot) for h in handles}

    async def memory(self, handles: Sequence[Handle]) -> Mapping[str, int]:
        return {h.slot: 20_000_000 for h in handles if h.slot in self.units}

    async def owned(self) -> list[Handle]:
        return list(self.units.values())

    async def fit(self, handle: Handle, session_id: str, allowance: Allowance) -> None:
        self.fitted[handle.slot] = (session_id, allowance)

    async def read_log(self, handle: Handle, lines: int) -> str:
        return f"the page of {handle.slot} says\nits last word\n" if lines else ""

    async def start(self) -> None:
        """Nothing makes a dict faster."""

    async def close(self) -> None:
        """Nothing was made."""

    async def clear(self) -> None:
        self.units.clear()

    async def is_going_down(self) -> bool:
        return False

    async def probe(self, host: str, port: int) -> None:
        """What the lifecycle asks of a page, in place of a real one."""
        self.probed.append((host, port))

    def kill(self, slot: str, cause: str = "it was ended by SIGKILL") -> None:
        self.dead[slot] = cause

    def _condition(self, slot: str) -> Condition:
        alive = slot in self.units and slot not in self.dead
        return Condition(alive, "" if alive else self.dead.get(slot, ""))


class LauncherThatNeverBecomesReady(LauncherInMemory):
    async def probe(self, host: str, port: int) -> None:
        await super().probe(host, port)
        await asyncio.Event().wait()


class LauncherWhosePagesDieAtOnce(LauncherInMemory):
    async def launch(self, spec: UnitSpec) -> Handle:
        handle = await super().launch(spec)
        self.kill(spec.slot, "it ended with code 1")
        return handle

    async def probe(self, host: str, port: int) -> None:
        await super().probe(host, port)
        raise NotReadyYet("connection refused")


class LauncherWithoutRoom(LauncherInMemory):
    async def launch(self, spec: UnitSpec) -> Handle:
        self.specs.append(spec)
        raise NoCapacity("Every port is taken.")


class LauncherThatIsBroken(LauncherInMemory):
    async def launch(self, spec: UnitSpec) -> Handle:
        self.specs.append(spec)
        raise KeyError("/home/somebody/secret")


class LauncherThatWaitsForAWord(LauncherInMemory):
    """`begun` says that a launch is in hand; it goes on at `go`."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = asyncio.Event(), asyncio.Event()

    async def launch(self, spec: UnitSpec) -> Handle:
        self.begun.set()
        await self.go.wait()
        return await super().launch(spec)


class LauncherThatIsAwayAtFirst(LauncherInMemory):
    """As an engine that is restarted: it answers again after so many refusals."""

    def __init__(self, refusals: int = 2) -> None:
        super().__init__()
        self.refusals = refusals

    async def launch(self, spec: UnitSpec) -> Handle:
        if self.refusals > 0:
            self.refusals -= 1
            raise LauncherAway("The engine does not answer.")
        return await super().launch(spec)
