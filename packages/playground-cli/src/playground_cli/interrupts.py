"""Ctrl-C while a turn runs: it ends the turn, not the program."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from playground_cli.client import PlaygroundClient, Refused


@contextmanager
def interrupt_cancels(client: PlaygroundClient, session_id: str) -> Generator[threading.Event]:
    """Within the block Ctrl-C cancels the turn, so that its stream ends; the event tells of it.

    A second Ctrl-C ends the program.
    """
    pressed, over = threading.Event(), threading.Event()

    def cancel() -> None:
        # A turn that has only just been asked for may not have begun.
        with suppress(Refused):
            while not client.post(f"/v1/sessions/{session_id}/cancel", {})["cancelled"]:
                if over.wait(0.1):
                    return

    def interrupted(_signal: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, before)
        pressed.set()
        # In a thread: the handler may have come while this one holds what the client needs.
        threading.Thread(target=cancel, daemon=True).start()

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield pressed
    finally:
        over.set()
        signal.signal(signal.SIGINT, before)
