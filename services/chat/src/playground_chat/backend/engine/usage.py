"""What an answer costs: tokens in and out, as far as the provider says."""

from langchain_core.messages import AIMessage, BaseMessage


class Usage:
    """Tokens that an answer has cost so far, as far as the provider says."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def add(self, chunk: BaseMessage) -> None:
        """Take note of what *chunk* says about usage."""
        told = chunk.usage_metadata if isinstance(chunk, AIMessage) else None
        for name in ("input_tokens", "output_tokens", "total_tokens"):
            if told is not None:
                self.counts[name] = self.counts.get(name, 0) + told[name]
