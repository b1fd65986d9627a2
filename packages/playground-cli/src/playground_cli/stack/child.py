"""One child process of the stack: in a group of its own, watched, ended without leftovers."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass(frozen=True)
class ChildSpec:
    """What to run, and how to see that it is up."""

    name: str
    label: str
    """What a person reads while it starts."""
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ready: Callable[[], bool]
    """Asked again and again until it is true; never raises."""
    ready_within_s: float = 30
    vital: bool = True
    """Without a vital child the stack does not come up; without another it says so and goes on."""


@dataclass
class Child:
    """A started child."""

    spec: ChildSpec
    process: "subprocess.Popen[bytes]"
    started_at: float = field(default_factory=time.monotonic)

    @classmethod
    def start(cls, spec: ChildSpec) -> "Child":
        """Start it in a session of its own: Ctrl-C in the terminal reaches the stack alone."""
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        with spec.log.open("ab") as log:
            process = subprocess.Popen(
                list(spec.command),
                env=dict(spec.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return cls(spec, process)

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def wait_until_ready(self, abandon: Callable[[], bool]) -> bool:
        """Whether it became ready in time; False as soon as it ends or *abandon* says so."""
        deadline = self.started_at + self.spec.ready_within_s
        while self.running and time.monotonic() < deadline and not abandon():
            if self.spec.ready():
                return True
            time.sleep(0.03)
        return False

    def ask_to_stop(self) -> None:
        """SIGTERM, to the child alone: it ends what it has started itself."""
        if self.running:
            with suppress(ProcessLookupError):
                self.process.terminate()

    def end(self, deadline: float) -> None:
        """Wait for it until *deadline* (monotonic), then kill whatever is left of its group."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, deadline - time.monotonic()))
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(5)

    def how_it_ended(self) -> str:
        """Why it is not running, in words a person can act on."""
        code = self.process.poll()
        if code is None:
            return "it did not answer in time"
        if code == -signal.SIGILL:
            return "this processor lacks an instruction it needs (AVX2 on x86)"
        if code < 0:
            return f"it was ended by {signal.Signals(-code).name}"
        return last_line(self.spec.log) or f"it ended with code {code}"


def last_line(log: Path) -> str:
    """The last line of a log, or nothing."""
    with suppress(OSError):
        lines = log.read_bytes()[-4096:].decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""
    return ""


def start_time(pid: int) -> float | None:
    """When the process of that pid began, or None if there is none: tells a reused pid apart."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None
