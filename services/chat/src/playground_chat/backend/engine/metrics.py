"""What the engine counts (docs/metrics.md tells the meanings)."""

from collections.abc import Callable

from langchain_core.messages.ai import UsageMetadata
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

MODELS_COUNTED_APART = 50
"""Callers may name any model, and each new name is a series for ever."""

Cost = Callable[[str, UsageMetadata], float | None]
"""What a model's tokens cost in US dollars, where that is known."""


class TurnMetrics:
    """Turns, tokens and the time to the first of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.turns = Counter(
            "playground_turns_total",
            "Turns that have ended, by outcome and door",
            ["outcome", "door"],
            registry=registry,
        )
        self.tokens = Counter(
            "playground_turn_tokens_total",
            "Pieces of text that models have sent",
            registry=registry,
        )
        self.first_token = Histogram(
            "playground_turn_first_token_seconds",
            "Time from the begin of a turn to the model's first piece of text",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
            registry=registry,
        )
        self.running = Gauge(
            "playground_turns_running", "Turns that run in this process", registry=registry
        )
        self.closed = Counter(
            "playground_turns_abandoned_total",
            "Turns of dead processes that this one has closed",
            registry=registry,
        )


class ModelMetrics:
    """Calls of models, and the tokens and money they cost, by model."""

    def __init__(self, registry: CollectorRegistry, cost: Cost) -> None:
        self._cost = cost
        self.calls = Counter(
            "playground_model_calls_total",
            "Calls of a model by how they ended; tries that were repeated count as retries",
            ["model", "outcome"],
            registry=registry,
        )
        self.retries = Counter(
            "playground_model_retries_total",
            "Calls that were made again before the first word",
            ["model"],
            registry=registry,
        )
        self.fallbacks = Counter(
            "playground_model_fallbacks_total",
            "Answers that a model gave in place of another",
            ["model"],
            registry=registry,
        )
        self.tokens = Counter(
            "playground_model_tokens_total",
            "Tokens as the provider counts them",
            ["model", "direction"],
            registry=registry,
        )
        self.cost = Counter(
            "playground_model_cost_usd_total",
            "What they cost, in US dollars, where the price is known",
            ["model"],
            registry=registry,
        )
        self._labels: set[str] = set()

    def ended(self, model: str, outcome: str, used: UsageMetadata | None) -> None:
        """Count a call of *model*, and what it has used as far as the provider says."""
        label = self.label(model)
        self.calls.labels(label, outcome).inc()
        if used is None:
            return
        self.tokens.labels(label, "in").inc(used["input_tokens"])
        self.tokens.labels(label, "out").inc(used["output_tokens"])
        self.cost.labels(label).inc(self._cost(model, used) or 0)

    def label(self, model: str) -> str:
        """The label of *model*; `other` where there are many already."""
        if model not in self._labels and len(self._labels) >= MODELS_COUNTED_APART:
            return "other"
        self._labels.add(model)
        return model
