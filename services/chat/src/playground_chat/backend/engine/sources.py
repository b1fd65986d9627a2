"""What a turn reads besides the conversation: passages that somebody has found for its question."""

from typing import Any, Protocol


class Found(Protocol):
    """Passages for one question, numbered from 1; there may be none."""

    def told(self) -> str:
        """The passages as they are put after the system prompt, or nothing."""
        ...

    def listed(self) -> list[dict[str, Any]]:
        """All of them, as the log and pages are told them."""
        ...

    def cited_in(self, answer: str) -> list[dict[str, Any]]:
        """Those whose numbers *answer* names, as the answer's message keeps them."""
        ...


class Sources(Protocol):
    """Finds passages. Raises nothing but redis-py's errors."""

    async def of(self, conversation_id: str, question: str, model: str) -> Found:
        """What fits *question*, as much of it as *model* has room for."""
        ...
