"""What one answer consists of as it comes: text, and the calls of tools between its parts.

Everything is told at once, as events, and kept for the message that stands in the log.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from playground.conversation.model import Event

_NEW_PART = "\n\n"


class Transcript:
    """One answer so far. *told* is given each event as it happens."""

    def __init__(self, told: Callable[[Event], None]) -> None:
        self._told = told
        self._begun = time.perf_counter()
        self._pieces: list[str] = []
        self._length = 0
        self._calls: dict[str, dict[str, Any]] = {}
        self._round = 0
        self._apart = False
        self.first_said: float | None = None
        """Seconds from the begin to the first piece of text."""

    @property
    def pieces(self) -> int:
        """How many pieces of text there were."""
        return len(self._pieces)

    @property
    def content(self) -> str:
        """All that was said."""
        return "".join(self._pieces)

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """As a message keeps them: id, name, args, and result or error, ms; where they came.

        `at` is the number of characters that were said before, `round` counts the model's turns
        to the tools: calls of one round were made together.
        """
        return list(self._calls.values())

    def say(self, piece: str) -> None:
        """Add text. What follows upon tools begins a paragraph of its own."""
        if self._apart and self._pieces:
            piece = _NEW_PART + piece
        self._apart = False
        if self.first_said is None:
            self.first_said = time.perf_counter() - self._begun
        self._pieces.append(piece)
        self._length += len(piece)
        self._told(Event("token", piece))

    def begin_round(self) -> int:
        """The model has asked for tools: which time that is, from 1."""
        self._round += 1
        self._apart = True
        return self._round

    def call(self, call_id: str, name: str, arguments: dict[str, Any]) -> None:
        """A tool is called."""
        started = {"id": call_id, "name": name, "args": arguments}
        self._calls[call_id] = {**started, "at": self._length, "round": self._round}
        self._told(Event("tool_start", json.dumps(started)))

    def answered(self, call_id: str, result: str, *, failed: bool, ms: float) -> None:
        """It answers, or *failed* in the words of *result*."""
        outcome: dict[str, Any] = {"error" if failed else "result": result, "ms": round(ms, 1)}
        call = self._calls[call_id]
        call.update(outcome)
        ended = {"id": call_id, "name": call["name"], "result": result, "ms": outcome["ms"]}
        self._told(Event("tool_end", json.dumps(ended | ({"error": True} if failed else {}))))

    def warn(self, code: str, detail: str) -> None:
        """Tell the reader something about this answer that is no part of it."""
        self._told(Event("warning", json.dumps({"code": code, "detail": detail})))
