"""Spans of turns, model calls and tool calls for OpenTelemetry, by its own usual variables.

Without an endpoint in OTEL_EXPORTER_OTLP_ENDPOINT nothing is imported and nothing recorded. Names
follow OpenTelemetry's conventions for generative AI. What was said stands in a span only where
OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is true. (LangSmith needs nothing of ours.)
"""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

Value = str | int | float | bool


class Span(Protocol):
    """What happens now, as a trace shows it."""

    def set_attribute(self, key: str, value: Value) -> object:
        """Tell more of it."""
        ...

    def end(self) -> object:
        """It is over."""
        ...


class _NoSpan:
    def set_attribute(self, key: str, value: Value) -> None:
        pass

    def end(self) -> None:
        pass


class Tracing:
    """Where spans go: to the endpoint of the environment, or nowhere. `close` sends what waits."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._provider: TracerProvider | None = None
        self._tracer: Tracer | None = None
        self.shows_content = environment.get(_CONTENT, "").lower() == "true"
        off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
        if any(environment.get(name) for name in _ENDPOINTS) and not off:
            self._provider = _provider()
            self._tracer = self._provider.get_tracer("chat-playground")

    def begun(self, name: str, attributes: Mapping[str, Value]) -> Span:
        """A span within the current one, which has to be ended by hand."""
        if self._tracer is None:
            return _NoSpan()
        return self._tracer.start_span(name, attributes=dict(attributes))

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, Value]) -> Generator[Span]:
        """A span around a block, in which others begin."""
        if self._tracer is None:
            yield _NoSpan()
            return
        with self._tracer.start_as_current_span(name, attributes=dict(attributes)) as span:
            yield span

    def close(self) -> None:
        """Send what waits, for a few seconds at most."""
        if self._provider is not None:
            self._provider.shutdown()


def _provider() -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "chat-playground"}
    provider = TracerProvider(resource=Resource.create(named))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=5)))
    return provider


TRACING = Tracing()
"""This process' own: the variables are of the process, and so is the provider."""
