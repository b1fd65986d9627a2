"""What is counted of answers that are given again (docs/metrics.md tells the meanings)."""

from prometheus_client import CollectorRegistry, Counter


class AnswerMetrics:
    """Whether an answer was found that could be given again."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.looked_up = Counter(
            "playground_answers_looked_up_total",
            "Questions for which an answer was looked up that could be given again, by outcome",
            ["outcome"],
            registry=registry,
        )
