"""What the lifecycle asks of a launcher. A launcher keeps no memory: its units are its memory.

To add a launcher:
1. a room beside `process/` with a class that fulfils `Launcher`, its SDK imported there and
nowhere else;
2. a settings class in `settings.py` and a branch in `wiring.make_launcher`;
3. a line in tests/contracts/test_launchers.py, whose suite every launcher must pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from playground.errors import LaunchFailed, PlaygroundError
from playground.sessions.model import EndReason, Handle

FOREIGN = "foreign"
"""In a handle, the launcher of an app that somebody else has started."""
LOG_LINES = 1_000
"""How much of a page's log is asked for at most."""


@dataclass(frozen=True)
class Allowance:
    """What a unit may use. A launcher that cannot limit something lets it be."""

    memory_mb: int = 512
    cpus: float = 1.0
    internet: bool = False


@dataclass(frozen=True)
class AppScript:
    """An app that is a script of the worker's machine, with whatever lies in its folder."""

    path: Path


@dataclass(frozen=True)
class AppImage:
    """An app that an image serves at *port*."""

    name: str
    port: int


@dataclass(frozen=True)
class AppAddress:
    """An app that somebody else has started: there is no unit of it."""

    url: str


AppPage = AppScript | AppImage | AppAddress


@dataclass(frozen=True)
class UnitSpec:
    """A page that is wanted. It learns its session from the chat backend, by the token.

    An app's page learns nothing: it is run as its author wrote it, without token or backend.
    """

    slot: str
    token: str = field(repr=False)
    session_id: str
    """The session that the unit is for: of a page that waits, the one it is going to be given."""
    chat_url: str
    allowance: Allowance = Allowance()
    preferred_port: int | None = None
    """The port of the page that this one replaces, so that an open browser tab finds it again."""
    app: AppPage | None = None
    """What the page runs in the place of the chat."""
    mcp_server_port: int | None = None
    """Where an MCP server of the scenario's own is going to listen beside the page."""


@dataclass(frozen=True)
class Condition:
    """How a unit is; `cause` says in words why one that is not alive ended, where that is known."""

    alive: bool
    cause: str = ""
    out_of_memory: bool = False


class Launcher(Protocol):
    """Starts, ends and finds units. Everything is safe to repeat, from any process of the worker.

    Where units run may not answer for a while: then everything but `start` raises LauncherAway. A
    look that raises it has seen nothing; that must not be taken for the absence of units.

    In a handle's data four names are common to all launchers: `host` and `port`, where the worker
    reaches the page; `published`, the port of this machine's loopback where a browser reaches it;
    and `config`, a hash of what the unit was made of.
    """

    name: str
    """What sessions and handles call it."""

    @property
    def config(self) -> str:
        """The hash that a unit made now would carry: a waiting page of another one is outdated."""
        ...

    async def start(self) -> None:
        """Make the first launch fast. What it cannot do is logged, and done without."""
        ...

    async def close(self) -> None:
        """Give back what `start` has made. Units go on."""
        ...

    async def launch(self, spec: UnitSpec) -> Handle:
        """Start a unit; it listens, or is about to. Raises NoCapacity or LaunchFailed."""
        ...

    async def stop(self, handle: Handle) -> None:
        """End the unit and give back what it held; nothing happens if it is gone."""
        ...

    async def inspect(self, handles: Sequence[Handle]) -> Mapping[str, Condition]:
        """How these units are, by slot, asked in one batch."""
        ...

    async def memory(self, handles: Sequence[Handle]) -> Mapping[str, int]:
        """The bytes that these units hold, by slot; those that are gone are left out."""
        ...

    async def owned(self) -> list[Handle]:
        """Every unit that this launcher has started and that is not given back, alive or dead."""
        ...

    async def fit(self, handle: Handle, session_id: str, allowance: Allowance) -> None:
        """Make a page that waited fit the session that was given it. Raises LaunchFailed."""
        ...

    async def read_log(self, handle: Handle, lines: int) -> str:
        """The last lines, up to LOG_LINES, that the unit wrote; empty where nothing is left."""
        ...

    async def is_going_down(self) -> bool:
        """Whether the stack of this worker is being taken down, and not the worker alone."""
        ...

    async def clear(self) -> None:
        """End every unit, and give back whatever was made for units."""
        ...


class UnitDied(LaunchFailed):
    """The session's page ended while it was starting."""


class UnitOutOfMemory(UnitDied):
    """The session's page needed more memory than its scenario allows."""


class UnitMissing(LaunchFailed):
    """What the session's page is made of (script, image) is missing."""


class LauncherAway(LaunchFailed):
    """What runs the sessions' pages does not answer; it is asked again until a launch is late."""


class LaunchTimeout(LaunchFailed):
    """The session's page did not become ready in time."""

    title = "Launch timed out"


def end_reason_of(error: PlaygroundError) -> EndReason:
    """The word for a launch that ended in *error*."""
    if isinstance(error, UnitMissing):
        return EndReason.IMAGE_MISSING
    if isinstance(error, UnitOutOfMemory):
        return EndReason.OUT_OF_MEMORY
    if isinstance(error, LaunchTimeout):
        return EndReason.LAUNCH_TIMEOUT
    return EndReason.NO_CAPACITY if error.code == "no_capacity" else EndReason.CRASHED
