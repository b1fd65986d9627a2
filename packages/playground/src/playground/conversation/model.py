"""What is said in a conversation: messages, and the entries of its log."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from playground.clock import Moment
from playground.sessions.model import Frozen


class Door(StrEnum):
    """Through which door a turn came (contract §5)."""

    REST = "rest"
    WS = "ws"
    MCP = "mcp"
    PAGE = "page"
    OPENAI = "openai"


class Outcome(StrEnum):
    """How a turn ended. All but `complete` keep what was said until then."""

    COMPLETE = "complete"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """The process that ran the turn died; somebody else closed it."""


class Message(Frozen):
    """One whole message; `public()` is what GET .../messages shows."""

    id: str
    turn: str
    role: Literal["user", "assistant"]
    content: str
    created_at: Moment
    door: Door
    status: Outcome = Outcome.COMPLETE
    model: str | None = None
    """The model that answered, which may be one that stood in for the one that was asked."""
    tool_calls: list[dict[str, Any]] | None = None
    citations: list[dict[str, Any]] | None = None
    """The passages of documents whose numbers the content names: n, doc_id, name, chunk, place."""
    usage: dict[str, int | float] | None = None
    """`input_tokens`, `output_tokens`, `total_tokens`, and `cost_usd` where the price is known."""
    error: dict[str, Any] | None = None
    replaces: str | None = None
    """Of a question that was asked anew: the turn in whose place its own one stands."""
    replaced_by: str | None = None
    """The turn that stands in this one's place. Found at each reading, and kept nowhere."""

    def public(self) -> dict[str, Any]:
        """The message as the contract shows it (§5): JSON types only, absent things left out."""
        return self.model_dump(mode="json", exclude_none=True)


def marked(messages: Sequence[Message]) -> list[Message]:
    """A conversation's *messages*, those of replaced turns naming what replaced them."""
    replaced = {m.replaces: m.turn for m in messages if m.replaces is not None}
    if not replaced:
        return list(messages)
    return [m.model_copy(update={"replaced_by": replaced.get(m.turn)}) for m in messages]


def in_force(messages: Sequence[Message]) -> list[Message]:
    """Those of *messages* that no later turn has replaced."""
    return [message for message in messages if message.replaced_by is None]


@dataclass(frozen=True)
class Event:
    """Something that happened in a turn, before it has its place in the log.

    Kinds and their data: `sources` (JSON: passages of documents that the model is given; pages
    alone are told of them), `turn` (JSON: the user's message), `token` (the piece of text),
    `tool_start`, `tool_end`, `warning` (JSON), `error` (a problem's JSON), `done` (the
    conversation's id).
    """

    kind: str
    data: str


@dataclass(frozen=True)
class Entry:
    """An event in its place in the log; `id` is the SSE id on every door."""

    id: str
    kind: str
    turn: str
    data: str
    message: Message | None = None
    """With `done`: the assistant's whole message, if anything was said."""


@dataclass(frozen=True)
class ConversationState:
    """Where a conversation stands: how many turns it has had, and which one runs now, if any."""

    turns: int = 0
    running_turn: str | None = None
    exists: bool = False


def is_entry_id(value: str) -> bool:
    """Whether *value* is an id as the log gives them: ``<milliseconds>-<sequence>``."""
    milliseconds, dash, sequence = value.partition("-")
    parts = (milliseconds, sequence)
    return bool(dash) and all(p.isascii() and p.isdigit() and len(p) < 20 for p in parts)
