"""What the calls of tools count (docs/metrics.md tells the meanings)."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class ToolMetrics:
    """Calls of tools, and turns that had to do without."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "playground_tool_calls_total",
            "Calls of tools by models, by the tools' server and how they ended",
            ["server", "outcome"],
            registry=registry,
        )
        self.seconds = Histogram(
            "playground_tool_call_seconds",
            "How long calls of tools took",
            buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
            registry=registry,
        )
        self.fallbacks = Counter(
            "playground_agent_fallbacks_total",
            "Turns that were answered without tools that they should have had",
            registry=registry,
        )
