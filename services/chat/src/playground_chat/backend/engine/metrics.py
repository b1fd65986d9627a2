"""What the engine counts (docs/metrics.md tells the meanings)."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


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
