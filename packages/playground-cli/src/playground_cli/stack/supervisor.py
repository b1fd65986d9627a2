"""Running the stack: children come up in order, are replaced when they die, and end in reverse."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from threading import Event
from types import FrameType

from playground_cli.stack.child import Child, ChildSpec
from playground_cli.stack.ledger import Ledger

STOP_WITHIN_S = 3.2
"""Of the five seconds that Ctrl-C may take; Redis and the model have the rest."""
MAX_RESTARTS = 3
RESTART_WINDOW_S = 60.0


class StackFailed(Exception):
    """A vital part did not come up; its text says which, and why."""


class Supervisor:
    """Owns the children of one `playground up`.

    *waves* are started one after the other; the children of a wave start together. They are ended
    in reverse order of the waves. `say` hears each step as a line for a person.
    """

    def __init__(
        self, waves: Sequence[Sequence[ChildSpec]], ledger: Ledger, say: Callable[[str], None]
    ) -> None:
        self._waves = waves
        self._ledger = ledger
        self._say = say
        self._children: list[Child] = []
        self._awaited: list[Child] = []
        self._restarts: dict[str, list[float]] = {}
        self._stopping = Event()

    def listen_for_signals(self) -> None:
        """SIGINT, SIGTERM and SIGHUP ask the stack to end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def start(self) -> None:
        """Bring everything up. Raises StackFailed; what is up by then, `stop` ends."""
        for wave in self._waves:
            self._start_wave(wave)

    def watch(self, *, stop_with: int | None = None) -> None:
        """Replace children that die, until asked to stop or our parent *stop_with* has ended."""
        while not self._stopping.wait(0.2):
            if stop_with is not None and os.getppid() != stop_with:
                return
            self._look_at_awaited()
            for child in list(self._children):
                if not child.running:
                    self._replace(child)

    def stop(self) -> None:
        """End every child; nothing that the stack has started is left."""
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signal_number, signal.SIG_IGN)
        for number, wave in enumerate(reversed(self._waves)):
            names = {spec.name for spec in wave}
            children = [child for child in self._children if child.spec.name in names]
            deadline = time.monotonic() + (STOP_WITHIN_S if number == 0 else 0.6)
            for child in children:
                child.ask_to_stop()
            for child in children:
                child.end(deadline)
        self._children.clear()

    def _start_wave(self, wave: Sequence[ChildSpec]) -> None:
        """Start them all, wait for the vital ones; the others report when they are ready."""
        children = [Child.start(spec) for spec in wave]
        self._children += children
        self._ledger.record(self._children)
        for child in children:
            if not child.spec.vital:
                self._awaited.append(child)
            elif child.wait_until_ready(self._stopping.is_set):
                self._say_ready(child)
            elif self._stopping.is_set():
                raise StackFailed("Stopped while starting.")
            else:
                raise StackFailed(f"{child.spec.label}: {child.how_it_ended()}")

    def _say_ready(self, child: Child) -> None:
        self._say(f"  {child.spec.label}: up after {time.monotonic() - child.started_at:.1f} s")

    def _look_at_awaited(self) -> None:
        for child in list(self._awaited):
            if not child.running or child.spec.ready():
                self._awaited.remove(child)
                if child.running:
                    self._say_ready(child)

    def _replace(self, child: Child) -> None:
        self._children.remove(child)
        recent = self._restarts.setdefault(child.spec.name, [])
        recent[:] = [t for t in recent if time.monotonic() - t < RESTART_WINDOW_S]
        if len(recent) >= MAX_RESTARTS and not child.spec.vital:
            return self._give_up(child)
        self._say(f"  {child.spec.label}: {child.how_it_ended()}; starting it again")
        if self._stopping.wait(min(5.0, 0.1 * 2 ** len(recent)) if recent else 0):
            return None
        recent.append(time.monotonic())
        started = Child.start(child.spec)
        self._children.append(started)
        self._awaited.append(started)
        self._ledger.record(self._children)
        return None

    def _give_up(self, child: Child) -> None:
        why = child.how_it_ended()
        self._say(f"  {child.spec.label}: not available: {why} (see `playground doctor`)")

    def _asked_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set():
            sys.exit(1)
        self._stopping.set()
