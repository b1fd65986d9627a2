"""The conversation as LangChain reads it: our log's messages, by turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage

from playground.conversation.history import ConversationHistory
from playground.conversation.model import Message, in_force

_REMEMBERED = 2_000
"""How many characters of a tool's answer later turns are given."""


@dataclass(frozen=True)
class ReadTurn:
    """One turn as a model reads it: the question, and what there is of an answer."""

    id: str
    messages: list[BaseMessage]


class LogHistory(BaseChatMessageHistory):
    """What was said before a turn began. It is read from the log, which the turn alone writes.

    An answer that was cancelled, broken or interrupted counts with what was said of it.
    """

    def __init__(
        self, history: ConversationHistory, conversation_id: str, *, before: str | None = None
    ) -> None:
        self._history = history
        self._conversation_id = conversation_id
        self._before = before

    async def aget_messages(self) -> list[BaseMessage]:
        """What was said in turns in force, oldest first."""
        return [message for turn in await self.turns() for message in turn.messages]

    async def turns(self) -> list[ReadTurn]:
        """The same by turns: those in force, before the message id *before* if there is one."""
        said = await self._history.messages(self._conversation_id, before=self._before)
        return [
            ReadTurn(turn, [read for message in together for read in as_read(message)])
            for turn, together in groupby(in_force(said), key=lambda message: message.turn)
        ]

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Not this way: a turn writes the log, with its place, door and outcome."""
        raise NotImplementedError

    def clear(self) -> None:
        """Not this way: conversations end by retention or purge."""
        raise NotImplementedError


def as_read(message: Message) -> list[BaseMessage]:
    """*message* as a model reads it: calls of tools, and their answers, where they were made.

    A call that never ended has an answer that says so, since providers insist on one.
    """
    if message.role == "user":
        return [HumanMessage(message.content)]
    read: list[BaseMessage] = []
    place = 0
    calls = message.tool_calls or []
    for _, made in groupby(calls, key=lambda call: (call.get("round"), call.get("at"))):
        together = list(made)
        at = together[0].get("at", place)
        read.append(AIMessage(message.content[place:at], tool_calls=[_call(c) for c in together]))
        read += [_answer(call) for call in together]
        place = at
    rest = message.content[place:].lstrip("\n") if read else message.content
    return [*read, AIMessage(rest)] if rest else read


def _call(call: dict[str, Any]) -> ToolCall:
    return ToolCall(name=call["name"], args=call["args"], id=call["id"], type="tool_call")


def _answer(call: dict[str, Any]) -> ToolMessage:
    failed = "result" not in call
    text: str = call.get("error", "It did not end.") if failed else call["result"]
    if len(text) > _REMEMBERED:
        text = f"{text[:_REMEMBERED]}\n[cut]"
    return ToolMessage(
        text,
        tool_call_id=call["id"],
        name=call["name"],
        status="error" if failed else "success",
    )
