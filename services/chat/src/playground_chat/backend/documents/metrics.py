"""What is counted of documents (docs/metrics.md tells the meanings)."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class DocumentMetrics:
    """Documents taken in, and how long it takes to find passages."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.documents = Counter(
            "playground_documents_total",
            "Documents that were taken in, by outcome",
            ["outcome"],
            registry=registry,
        )
        self.search = Histogram(
            "playground_document_search_seconds",
            "Time to find the passages for one question",
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
            registry=registry,
        )
