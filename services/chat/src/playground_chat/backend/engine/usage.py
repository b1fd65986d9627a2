"""What an answer costs: tokens as far as the provider says, dollars where the price is known.

An answer may take several calls, of several models. What is not known of one of them is left out,
never guessed.
"""

from dataclasses import dataclass

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata, add_usage

from playground_chat.backend.engine.metrics import Cost
from playground_chat.backend.engine.patient_model import ANSWERED_BY


@dataclass
class _Call:
    model: str
    told: UsageMetadata | None = None


class Usage:
    """Tokens and dollars of one answer so far, and the model that gives it."""

    def __init__(self, cost: Cost) -> None:
        self._cost = cost
        self._calls: list[_Call] = []

    def add(self, chunk: BaseMessage) -> None:
        """Take note of what *chunk* says about usage, and about the model that it comes from."""
        if not isinstance(chunk, AIMessage):
            return
        speaker: object = chunk.response_metadata.get(ANSWERED_BY)  # pyright: ignore
        if isinstance(speaker, str) or not self._calls:
            self._calls.append(_Call(speaker if isinstance(speaker, str) else ""))
        if chunk.usage_metadata is not None:
            call = self._calls[-1]
            call.told = add_usage(call.told, chunk.usage_metadata)

    @property
    def model(self) -> str | None:
        """The model that gave the latest words, which need not be the one that was asked."""
        return (self._calls[-1].model or None) if self._calls else None

    @property
    def counts(self) -> dict[str, int | float]:
        """As the contract shows it, empty where the provider says nothing."""
        told = [(call.model, call.told) for call in self._calls if call.told is not None]
        if not told:
            return {}
        counts: dict[str, int | float] = {
            name: sum(usage[name] for _, usage in told)
            for name in ("input_tokens", "output_tokens", "total_tokens")
        }
        costs = [cost for cost in (self._cost(*one) for one in told) if cost is not None]
        if len(costs) == len(self._calls):
            counts["cost_usd"] = round(sum(costs), 9)
        return counts
