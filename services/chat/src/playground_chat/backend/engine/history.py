"""The conversation as LangChain reads it: our log's messages, cut to what the model can take in."""

from collections.abc import Sequence

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from playground.conversation.history import ConversationHistory
from playground.conversation.model import Message, in_force


class LogHistory(BaseChatMessageHistory):
    """What was said before a turn began. It is read from the log, which the turn alone writes.

    An answer that was cancelled, broken or interrupted counts with what was said of it.
    """

    def __init__(self, history: ConversationHistory, conversation_id: str, *, before: str) -> None:
        self._history = history
        self._conversation_id = conversation_id
        self._before = before

    async def aget_messages(self) -> list[BaseMessage]:
        """Messages in force that precede the message id *before*, oldest first."""
        said = await self._history.messages(self._conversation_id, before=self._before)
        return [_for_model(message) for message in in_force(said) if message.content]

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Not this way: a turn writes the log, with its place, door and outcome."""
        raise NotImplementedError

    def clear(self) -> None:
        """Not this way: conversations end by retention or purge."""
        raise NotImplementedError


def _for_model(message: Message) -> BaseMessage:
    kind = HumanMessage if message.role == "user" else AIMessage
    return kind(message.content)


def estimated_tokens(text: str) -> int:
    """A careful guess for any tokenizer: English has four bytes a token, other scripts fewer."""
    return len(text.encode()) // 3 + 4


def fitting(messages: Sequence[BaseMessage], budget: int) -> list[BaseMessage]:
    """The newest of *messages* that fit into *budget* estimated tokens, without a gap."""
    kept: list[BaseMessage] = []
    for message in reversed(messages):
        budget -= estimated_tokens(message.text)
        if budget < 0:
            break
        kept.append(message)
    return kept[::-1]
