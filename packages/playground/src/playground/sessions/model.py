"""What a session is: its record, its status and target, and the moves between them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from playground.clock import Moment, now
from playground.errors import Conflict, PlaygroundError, SessionEnded
from playground.principal import Principal


class Status(StrEnum):
    """Where a session stands (contract §5)."""

    QUEUED = "queued"
    STARTING = "starting"
    READY = "ready"
    PARKED = "parked"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        return self in (Status.STOPPED, Status.FAILED)


class Target(StrEnum):
    """What is wanted of a session; the worker moves its status there."""

    READY = "ready"
    PARKED = "parked"
    STOPPED = "stopped"


class EndReason(StrEnum):
    """Why a session ended (contract §5)."""

    USER = "user"
    IDLE = "idle"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out_of_memory"
    LAUNCH_TIMEOUT = "launch_timeout"
    IMAGE_MISSING = "image_missing"
    NO_CAPACITY = "no_capacity"
    SHUTDOWN = "shutdown"


_MOVES: Mapping[Status, frozenset[Status]] = {
    # Straight to ready where a page waits; to parked where nobody wants the page any more.
    Status.QUEUED: frozenset(
        {
            Status.STARTING,
            Status.READY,
            Status.PARKED,
            Status.STOPPING,
            Status.STOPPED,
            Status.FAILED,
        }
    ),
    Status.STARTING: frozenset(
        {Status.READY, Status.QUEUED, Status.STOPPING, Status.STOPPED, Status.FAILED}
    ),
    # A page that died is launched anew: ready goes back to queued.
    Status.READY: frozenset(
        {Status.QUEUED, Status.PARKED, Status.STOPPING, Status.STOPPED, Status.FAILED}
    ),
    Status.PARKED: frozenset({Status.QUEUED, Status.READY, Status.STOPPING, Status.STOPPED}),
    Status.STOPPING: frozenset({Status.STOPPED}),
    Status.STOPPED: frozenset(),
    Status.FAILED: frozenset(),
}


class Frozen(BaseModel):
    """A record that is never changed in place: `model_copy(update=...)` makes the next one."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Launch(Frozen):
    """How a session came up: from a waiting page or a new one, in how many milliseconds."""

    mode: Literal["warm", "cold"] = "cold"
    ms: int | None = None
    queue_position: int | None = None
    eta_s: float | None = None


class Handle(Frozen):
    """A unit (page process, container) as its launcher finds it again; `data` is the launcher's."""

    launcher: str
    slot: str
    data: dict[str, Any] = {}


class Session(Frozen):
    """A session's whole record. `public()` is what doors show of it."""

    id: str
    revision: int = 0
    """How often the record was written: the store counts it, and orders what readers hear."""
    tenant: str
    owner: str
    scenario: str
    kind: Literal["chat", "app"] = "chat"
    """Its scenario's: a chat's page may be any that waits, an app's is made for it alone."""
    title: str
    status: Status = Status.QUEUED
    target: Target = Target.READY
    url: str | None = None
    created_at: Moment
    ready_at: Moment | None = None
    last_active_at: Moment
    ended_at: Moment | None = None
    end_reason: EndReason | None = None
    launch: Launch = Launch()
    launcher: str = "process"
    model: str
    temperature: float | None = None
    system_prompt: str | None = None
    """The session's own, in the place of its scenario's."""
    inputs: dict[str, Any] = {}
    context: dict[str, Any] = {}
    turns: int = 0
    error: dict[str, Any] | None = None
    slot: str | None = None
    handle: Handle | None = None
    last_handle: Handle | None = None
    """Of an ended session: where its page was, for whoever reads its log."""
    queued_at: Moment | None = None
    """Since when it waits for a page, or last did."""
    launch_started_at: Moment | None = None
    crashes: int = 0
    crashed_at: Moment | None = None

    def moved(self, status: Status, **changes: Any) -> "Session":
        """This session in *status*. Raises Conflict for a move that no session makes."""
        if status not in _MOVES[self.status]:
            raise Conflict(f"A session that is {self.status} cannot become {status}.")
        return self.model_copy(update={"status": status, **changes})

    def ended(
        self, status: Status, reason: EndReason | None, error: PlaygroundError | None = None
    ) -> "Session":
        """This session at its end (stopped or failed), without page or address."""
        return self.moved(
            status,
            target=Target.STOPPED,
            end_reason=reason,
            ended_at=now(),
            url=None,
            slot=None,
            handle=None,
            last_handle=self.handle,
            error=error.problem() if error else self.error,
        )

    @property
    def placed(self) -> bool:
        """Whether it has a page, is being given one, or is giving it back: it counts to limits."""
        has_page = self.status is Status.STOPPING and self.slot is not None
        return has_page or self.status in (Status.STARTING, Status.READY)

    def parked(self) -> "Session":
        """This session without its page, to be woken by any use."""
        return self.moved(
            Status.PARKED,
            target=Target.PARKED,
            url=None,
            slot=None,
            handle=None,
            last_handle=self.handle,
            crashes=0,
        )

    def require_open(self) -> "Session":
        """This session, if it can take a turn. Raises SessionEnded otherwise."""
        if self.status.ended or self.target is Target.STOPPED:
            raise SessionEnded(f"Session {self.id} has ended; its conversation stays readable.")
        return self

    def public(self) -> dict[str, Any]:
        """The session as the contract shows it (§5): JSON types only."""
        shown = self.model_dump(mode="json", include=_PUBLIC)
        shown["launch"] = {
            k: v for k, v in shown["launch"].items() if v is not None or k in ("mode", "ms")
        }
        if self.error is not None:
            shown["error"] = self.error
        return shown


_PUBLIC = {
    "id", "scenario", "title", "status", "url", "created_at", "ready_at", "last_active_at",
    "ended_at", "end_reason", "launch", "model", "temperature", "inputs", "turns", "launcher",
}  # fmt: skip


def new_session(
    *,
    session_id: str,
    principal: Principal,
    scenario: str,
    title: str,
    model: str,
    **more: Any,
) -> Session:
    """A session that has just been asked for: queued, wanted ready."""
    moment = now()
    return Session(
        id=session_id,
        tenant=principal.tenant,
        owner=principal.name,
        scenario=scenario,
        title=title,
        model=model,
        created_at=moment,
        queued_at=moment,
        last_active_at=moment,
        **more,
    )
