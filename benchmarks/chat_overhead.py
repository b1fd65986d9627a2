"""What the chat backend adds to a model: time to the first token, and the cost of each further one.

The same scripted model server is asked directly and through the backend, turn about, by the same
client. Run alone: ``python -m benchmarks.chat_overhead``.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.tables import Table, percentile
from tests.support.chat_backend import BackendProcess, free_port
from tests.support.redis_server import running_redis

ROUNDS = 40
PACED = "[[tokens=30 pace_ms=10]]"
UNPACED = "[[tokens=1000]]"


@dataclass
class Figures:
    """Milliseconds, one a turn: to the first token, and from there to the end."""

    first_ms: list[float] = field(default_factory=list[float])
    rest_ms: list[float] = field(default_factory=list[float])


@dataclass(frozen=True)
class Way:
    """One way to ask for a streamed answer: its address, its request, the looks of a token."""

    url: str
    token: bytes
    turns: Figures = field(default_factory=Figures)

    def request(self, words: str, number: int) -> dict[str, Any]:
        """A question; each is a conversation of its own, so that prompts are of one length."""
        if self.token == DIRECT_TOKEN:
            messages = [{"role": "user", "content": words}]
            return {"model": "scripted", "messages": messages, "stream": True}
        return {"session_id": f"bench-{number}", "input": words}


DIRECT_TOKEN = b'"content": "w'
BACKEND_TOKEN = b"event: token"


def measure() -> list[Table]:
    """Time to the first token, and cost per token, directly and through the backend."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_redis(folder / "redis") as redis_url, _model_process() as model_url:
            backend = BackendProcess(redis_url, model_url, folder)
            backend.start()
            try:
                return asyncio.run(_measured(model_url, backend.url))
            finally:
                backend.stop()


async def _measured(model_url: str, backend_url: str) -> list[Table]:
    def ways() -> tuple[Way, Way]:
        direct = Way(f"{model_url}/chat/completions", DIRECT_TOKEN)
        return direct, Way(f"{backend_url}/v1/chat/stream", BACKEND_TOKEN)

    paced, unpaced = ways(), ways()
    async with httpx.AsyncClient(timeout=60) as client:
        for way in ways():
            await _ask(client, way, "hi", 0)
        for number in range(ROUNDS):
            for way in paced:
                await _ask(client, way, PACED, 1 + number)
        for number in range(ROUNDS // 4):
            for way in unpaced:
                await _ask(client, way, UNPACED, 1 + ROUNDS + number)
    return [_first_token(paced), _per_token(unpaced)]


async def _ask(client: httpx.AsyncClient, way: Way, words: str, number: int) -> None:
    begun, first = time.perf_counter(), 0.0
    async with client.stream("POST", way.url, json=way.request(words, number)) as answer:
        assert answer.status_code == 200, answer.status_code
        async for piece in answer.aiter_bytes():
            if not first and way.token in piece:
                first = time.perf_counter()
    way.turns.first_ms.append((first - begun) * 1000)
    way.turns.rest_ms.append((time.perf_counter() - first) * 1000)


def _first_token(ways: tuple[Way, Way]) -> Table:
    direct, through = (statistics.median(w.turns.first_ms) for w in ways)
    rows = [
        [
            label,
            f"{statistics.median(way.turns.first_ms):.2f}",
            f"{percentile(way.turns.first_ms, 95):.2f}",
            f"{statistics.median(way.turns.first_ms) / direct:.2f}",
        ]
        for label, way in zip(
            ("model server, directly", "`POST /v1/chat/stream`"), ways, strict=True
        )
    ]
    return Table(
        title="Time to the first token",
        note=f"{ROUNDS} turns each, turn about, 10 ms a token. "
        f"The backend adds {through - direct:.2f} ms.",
        columns=["what", "median ms", "p95 ms", "ratio"],
        rows=rows,
    )


def _per_token(ways: tuple[Way, Way]) -> Table:
    per_token = [statistics.median(w.turns.rest_ms) for w in ways]  # 1,000 tokens: ms are µs each
    labels = ("model server, directly", "`POST /v1/chat/stream`")
    return Table(
        title="Cost of a token",
        note=f"{ROUNDS // 4} turns each of 1,000 tokens without a pause, turn about: "
        "the time from the first token to the end, through the log and out again.",
        columns=["what", "µs a token", "ratio"],
        rows=[
            [label, f"{cost:.0f}", f"{cost / per_token[0]:.2f}"]
            for label, cost in zip(labels, per_token, strict=True)
        ],
    )


@contextmanager
def _model_process() -> Generator[str]:
    """The URL of a scripted model in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "tests.support.scripted_model", "--port", str(port)]
    process = subprocess.Popen(command)
    try:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/health", timeout=1).raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    sys.stdout.write("\n".join(table.markdown() for table in measure()))
