"""What the double of the chat backend keeps: one session, its scenario and its conversation."""

import threading
from datetime import UTC, datetime
from typing import Any

MODEL = "openai:scripted"

SCENARIO: dict[str, Any] = {
    "name": "technical-support",
    "title": "Technical Support",
    "icon": "🛠️",
    "accent": "sky",
    "summary": "Finds out what is wrong, one step at a time.",
    "greeting": "Hello! Tell me **what is not working**, and what you have tried so far.",
    "starters": ["My laptop does not wake up from sleep", "The app says 'disk full'"],
    "inputs": [
        {"key": "product", "label": "Product", "type": "text", "default": "Laptop"},
        {"key": "notes", "label": "Notes", "type": "textarea"},
        {
            "key": "level",
            "label": "Your experience",
            "type": "select",
            "options": ["New to this", "At home with it", "Expert"],
            "default": "At home with it",
        },
        {"key": "steps", "label": "Steps at once", "type": "number", "default": 3, "min": 1},
        {"key": "calm", "label": "Calm", "type": "slider", "min": 0, "max": 1, "step": 0.1},
        {"key": "links", "label": "Name sources", "type": "checkbox", "default": True},
        {"key": "log", "label": "Log or code", "type": "code"},
    ],
    "uploads": False,
    "kind": "chat",
}


class PageConversation:
    """One session's conversation as other doors carry it on, by `begin`, `say`, `tool` and `end`.

    All methods may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._count = 0
        self.be_new()

    def be_new(self) -> None:
        """As at the start, for the next test."""
        self.session: dict[str, Any] = _session()
        self.scenario = SCENARIO
        self.model_note: str | None = None
        self.messages: list[dict[str, Any]] = []
        self.entries: list[tuple[str, str, Any]] = []
        self.problems: dict[str, str] = {}
        self.documents: list[dict[str, Any]] = []
        self._running: str | None = None
        self._cancelled = False
        self._text = ""

    def begin(self, text: str, door: str = "rest", **more: Any) -> str:
        """A turn begins with *text*; its id."""
        with self._lock:
            turn = self._next("turn")
            self._running, self._text, self._cancelled = turn, "", False
            message = self._message("user", text, turn, door, **more)
            self._append("turn", {"turn": turn, "message": message})
            return turn

    def say(self, text: str) -> None:
        """The running turn's next piece."""
        with self._lock:
            self._text += text
            self._append("token", {"turn": self._running, "text": text})

    def tool(self, kind: str, **told: Any) -> None:
        """A tool of the running turn begins (`tool_start`) or has answered (`tool_end`)."""
        with self._lock:
            self._append(kind, {"turn": self._running, "tool": told})

    def end(
        self, status: str = "complete", error: dict[str, Any] | None = None, **more: Any
    ) -> None:
        """The running turn ends with what was said; with nothing said there is no reply."""
        with self._lock:
            turn = self._running
            door = next(m["door"] for m in reversed(self.messages) if m["turn"] == turn)
            if error:
                self._append("error", {"turn": turn, "problem": error})
            message = None
            if self._text:
                more = {"status": status, "model": self.session["model"], **more}
                more |= {"note": self.model_note} if self.model_note else {}
                message = self._message("assistant", self._text, str(turn), door, **more)
                if error:
                    message["error"] = error
            elif error:
                self.problems = {str(turn): error["detail"]}
            self._running = None
            self._append("done", {"turn": turn, "message": message})

    def change_session(self, **changes: Any) -> None:
        """The session's record changes."""
        with self._lock:
            revision = self.session.get("revision", 0) + 1
            self.session = {**self.session, **changes, "revision": revision}
            self.entries.append(("", "session", self.session))
            self._wake()

    def _message(self, role: str, text: str, turn: str, door: str, **more: Any) -> dict[str, Any]:
        message = {
            "id": self._next("msg"),
            "turn": turn,
            "role": role,
            "content": text,
            "created_at": datetime.now(UTC).isoformat(),
            "door": door,
            "status": "complete",
            **more,
        }
        self.messages.append(message)
        return message

    def _next(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}"

    def _append(self, kind: str, data: Any) -> None:
        self._count += 1
        self.entries.append((f"{self._count}-0", kind, data))
        self._wake()

    def _wake(self) -> None:
        """Tell whoever follows that there is something new."""


def _session() -> dict[str, Any]:
    moment = datetime.now(UTC).isoformat()
    return {
        "id": "session-1",
        "scenario": SCENARIO["name"],
        "title": SCENARIO["title"],
        "status": "ready",
        "url": None,
        "created_at": moment,
        "last_active_at": moment,
        "model": MODEL,
        "inputs": {
            "product": "Laptop",
            "notes": "",
            "level": "At home with it",
            "steps": 3,
            "calm": 0,
            "links": True,
            "log": "",
        },
        "turns": 0,
        "launcher": "process",
    }
