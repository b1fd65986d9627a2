"""A conversation as its page shows it: turns, the last of which may be growing."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from playground.conversation.history import ConversationHistory
from playground.conversation.model import Entry, Message, in_force

SHOWN_AT_ONCE = 60


@dataclass(frozen=True)
class Call:
    """A call of a tool: running, failed, or answered."""

    id: str
    name: str
    running: bool
    failed: bool
    args: Any
    outcome: Any
    ms: float | None


def call_of(told: Mapping[str, Any], *, ended: bool) -> Call:
    """A call as the log or a message tells it."""
    error = told.get("error")
    spoken = error if isinstance(error, str) and not told.get("result") else told.get("result")
    return Call(
        id=str(told.get("id", "")),
        name=str(told.get("name") or "tool"),
        running=not ended,
        failed=bool(error),
        args=told.get("args"),
        outcome=spoken,
        ms=told.get("ms"),
    )


@dataclass
class Growing:
    """A reply that is being written, put together from the log's entries."""

    turn: str
    last_id: str
    text: str = ""
    calls: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    warning: str = ""
    problem: str = ""

    @property
    def tool_calls(self) -> list[Call]:
        """The calls of tools so far."""
        return [call_of(told, ended="ended" in told) for told in self.calls.values()]

    def take(self, entry: Entry) -> None:
        """Add what *entry* tells; one that was told before adds nothing."""
        if order(entry.id) <= order(self.last_id):
            return
        self.last_id = entry.id
        if entry.kind == "token":
            self.text += entry.data
        elif entry.kind in ("tool_start", "tool_end"):
            told = json.loads(entry.data)
            ended = {"ended": True} if entry.kind == "tool_end" else {}
            self.calls[told["id"]] = self.calls.get(told["id"], {}) | told | ended
        elif entry.kind in ("warning", "error"):
            detail = str(json.loads(entry.data).get("detail", ""))
            setattr(self, {"warning": "warning", "error": "problem"}[entry.kind], detail)


@dataclass(frozen=True)
class Turn:
    """A question and what came of it: a reply, one that grows, or silence."""

    ask: Message
    reply: Message | None = None
    growing: Growing | None = None
    warning: str = ""
    problem: str = ""

    @property
    def calls(self) -> list[Call]:
        """The calls of tools, those of a whole reply all ended."""
        if self.growing is not None:
            return self.growing.tool_calls
        kept = (self.reply.tool_calls if self.reply else None) or ()
        return [call_of(told, ended=True) for told in kept]


@dataclass(frozen=True)
class Conversation:
    """What was said so far. `cursor` is an entry of the log: what follows it may be missing."""

    turns: Sequence[Turn]
    earlier: int
    cursor: str
    replies: Sequence[Message] = ()
    """Of all turns, those that are not shown too."""

    @property
    def growing(self) -> Growing | None:
        """The reply that is being written now."""
        return self.turns[-1].growing if self.turns else None


async def read_conversation(
    history: ConversationHistory, conversation_id: str, *, everything: bool = False
) -> Conversation:
    """The conversation as it is now; the earliest turns only with *everything*.

    The cursor is read first, so what happens meanwhile is told again rather than missed.
    """
    cursor = await history.last_entry_id(conversation_id)
    turns = _turns(in_force(await history.messages(conversation_id)))
    if turns and turns[-1].reply is None:
        last = turns[-1].ask
        growing = await _growing(history, conversation_id, last.turn)
        problem = "" if growing else await history.why_unanswered(conversation_id, last.turn)
        turns[-1] = Turn(last, growing=growing, problem=problem)
    earlier = 0 if everything else max(0, len(turns) - SHOWN_AT_ONCE)
    replies = [turn.reply for turn in turns if turn.reply is not None]
    return Conversation(turns[earlier:], earlier, cursor, replies)


def order(entry_id: str) -> tuple[int, int]:
    """By which ids of entries are ordered."""
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence or 0)


def _turns(messages: Iterable[Message]) -> list[Turn]:
    asked: dict[str, Message] = {}
    replies: dict[str, Message] = {}
    for message in messages:
        (asked if message.role == "user" else replies)[message.turn] = message
    return [Turn(ask, replies.get(turn)) for turn, ask in asked.items()]


async def _growing(history: ConversationHistory, conversation_id: str, turn: str) -> Growing | None:
    """The reply that *turn* is being given, if it is running."""
    start = await history.running_turn_start(conversation_id)
    if start is None:
        return None
    growing = Growing(turn, start)
    for entry in await history.entries(conversation_id, after=start):
        if entry.turn != turn:
            return None
        growing.take(entry)
    return growing
