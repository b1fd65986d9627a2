"""Answers that are given again: to a question that means what an earlier one meant."""

from collections.abc import Sequence
from typing import Protocol

from langchain_core.messages import BaseMessage

from playground_chat.backend.engine.briefing import Briefing


class Repeats(Protocol):
    """Keeps answers and finds them again. Raises nothing: without it, the model is asked."""

    async def find(self, briefing: Briefing, messages: Sequence[BaseMessage]) -> str | None:
        """The answer to what *messages* ask, if one is kept that was told the same besides."""
        ...

    def keep(self, briefing: Briefing, messages: Sequence[BaseMessage], answer: str) -> None:
        """Keep *answer* to what *messages* ask, while others go on."""
        ...
