"""A conversation as a file: JSON that loses nothing, and Markdown for people (contract §5)."""

from collections.abc import Sequence
from typing import Any

from playground.clock import now, rfc3339
from playground.conversation.model import Message, in_force
from playground.sessions.model import Session

FORMAT = "chat-playground/conversation"
VERSION = 1

_SPEAKERS = {"user": "User", "assistant": "Assistant"}
_SESSION = {
    "id", "scenario", "title", "model", "temperature", "system_prompt", "inputs", "context",
    "status", "turns", "created_at", "last_active_at", "ended_at",
}  # fmt: skip


def as_json(session: Session, messages: Sequence[Message]) -> dict[str, Any]:
    """The file that an import takes."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": rfc3339(now()),
        "session": session.model_dump(mode="json", include=_SESSION),
        "messages": [message.public() for message in messages],
    }


def as_markdown(session: Session, messages: Sequence[Message]) -> str:
    """The conversation to be read, without the turns that were replaced."""
    head = [
        f"# {' '.join(session.title.split())}",
        f"Scenario {session.scenario} · model {session.model} · {rfc3339(session.created_at)}",
    ]
    return "\n\n".join([*head, *(_told(message) for message in in_force(messages))]) + "\n"


def file_name(session: Session, ending: str) -> str:
    """What the file is called: nothing of it comes from a client's free text."""
    return f"{session.scenario}-{session.id}.{ending}"


def _told(message: Message) -> str:
    status = "" if message.status == "complete" else f" · {message.status}"
    speaker = _SPEAKERS[message.role]
    return f"## {speaker} · {rfc3339(message.created_at)}{status}\n\n{message.content}".rstrip()
