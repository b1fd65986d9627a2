"""Traces of a backend in a process of its own, sent to receivers that speak the real protocols."""

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.chat_backend import BackendProcess
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until

SECRET = "my dog is called Argos"


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An address, and the paths and bodies that were posted to it."""
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            packed = self.headers.get("content-encoding") == "gzip"
            received.append((self.path, gzip.decompress(body) if packed else body))
            self._answer(b"{}")

        def do_GET(self) -> None:
            self._answer(json.dumps({"instance_flags": {}}).encode())

        def do_PATCH(self) -> None:
            self.do_POST()

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def _ask(process: BackendProcess) -> None:
    async with httpx.AsyncClient(base_url=process.url, timeout=30) as client:
        body = {"session_id": "traced", "input": f"[[tokens=3]]{SECRET}"}
        headers = {"X-Request-ID": "req-traced"}
        answer = await client.post("/v1/chat", json=body, headers=headers)
        assert answer.status_code == 200, answer.text


async def test_spans_of_a_turn_reach_an_opentelemetry_endpoint_without_what_was_said(
    redis_url: str, model: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as (url, received):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        process = BackendProcess(redis_url, model.url, tmp_path)
        process.start()
        await _ask(process)
        assert process.stop() == 0
    spans: dict[str, Any] = {}
    for path, body in received:
        assert path == "/v1/traces"
        assert SECRET.encode() not in body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            spans |= {span.name: span for scope in resource.scope_spans for span in scope.spans}
    turn, call = spans["turn"], spans["chat openai:scripted"]
    assert call.parent_span_id == turn.span_id
    told = {a.key: a.value.string_value or a.value.int_value for a in [*turn.attributes]}
    assert told["playground.request_id"] == "req-traced"
    assert told["playground.door"] == "rest"
    used = {a.key: a.value.int_value for a in call.attributes}
    assert used["gen_ai.usage.output_tokens"] == 3


async def test_langsmith_is_told_by_its_own_variables(
    redis_url: str, model: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as (url, received):
        for name, value in {"TRACING": "true", "ENDPOINT": url, "API_KEY": "key"}.items():
            monkeypatch.setenv(f"LANGSMITH_{name}", value)
        process = BackendProcess(redis_url, model.url, tmp_path)
        process.start()
        await _ask(process)
        await wait_until(
            lambda: any(SECRET.encode() in body for _, body in received), "the run was sent"
        )
        process.stop()


def test_without_an_endpoint_nothing_of_it_is_imported() -> None:
    code = (
        "import sys, playground_chat.backend.engine.tracing;"
        "print(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
