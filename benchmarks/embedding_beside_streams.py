"""Whether answers stall while a large document is read and embedded by the same backend.

Run alone: ``python -m benchmarks.embedding_beside_streams``.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import httpx

from benchmarks.streaming import served_by
from benchmarks.tables import Table, percentile
from tests.support.chat_backend import BackendProcess
from tests.support.questions import PYTHON_FAQ, answering
from tests.support.redis_server import running_redis

STREAMS = 10
TOKENS = 1_000
PACE_MS = 20
DOCUMENT_BYTES = 2_000_000
AFTER_S = 2.0


def measure() -> list[Table]:
    """The longest pauses of streams, without a document and with one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running_redis(folder / "redis") as redis_url,
            served_by("tests.support.scripted_model") as (model_url, _),
        ):
            backend = BackendProcess(redis_url, f"{model_url}/v1", folder)
            backend.start()
            try:
                return [asyncio.run(_compared(backend.url))]
            finally:
                backend.stop()


async def _compared(url: str) -> Table:
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        quiet = await _pauses(client, "quiet")
        document = asyncio.create_task(_embedding(client))
        busy = await _pauses(client, "busy")
        embedded = await document
    return Table(
        title="Streams while a large document is embedded",
        note=f"{STREAMS} streams of {TOKENS} tokens, {PACE_MS} ms a token, through one backend. "
        f"After {AFTER_S:g} s it is given a text of {DOCUMENT_BYTES / 1e6:g} MB, of which it has "
        f"embedded {embedded} chunks when the streams end. A pause is the time between two reads "
        "of one stream.",
        columns=["beside", "median pause ms", "p99.9 ms", "longest ms"],
        rows=[_row("nothing", quiet), _row("reading and embedding", busy)],
    )


def _row(name: str, pauses: Sequence[float]) -> list[str]:
    return [name, *(f"{percentile(pauses, percent):.0f}" for percent in (50, 99.9, 100))]


async def _pauses(client: httpx.AsyncClient, name: str) -> list[float]:
    streams = (_pauses_of(client, f"{name}-{number}") for number in range(STREAMS))
    return [pause for some in await asyncio.gather(*streams) for pause in some]


async def _pauses_of(client: httpx.AsyncClient, conversation: str) -> list[float]:
    asked = {"session_id": conversation, "input": f"[[tokens={TOKENS} pace_ms={PACE_MS}]]"}
    times: list[float] = []
    async with client.stream("POST", "/v1/chat/stream", json=asked) as answer:
        async for piece in answer.aiter_bytes():
            if b"event: token" in piece:
                times.append(time.perf_counter())
    return [(later - one) * 1000 for one, later in pairwise(times)]


async def _embedding(client: httpx.AsyncClient) -> int:
    """How many chunks are embedded when the streams are about to end."""
    await asyncio.sleep(AFTER_S)
    text = "\n\n".join(one.text for one in answering(PYTHON_FAQ)).encode()
    data = (text * (DOCUMENT_BYTES // len(text) + 1))[:DOCUMENT_BYTES]
    path = "/v1/sessions/library/documents"
    given = await client.post(path, files={"file": ("faq.txt", data)}, params={"wait": 0})
    given.raise_for_status()
    await asyncio.sleep(TOKENS * PACE_MS / 1000 - AFTER_S - 1)
    (document,) = (await client.get(path)).json()["items"]
    assert document["status"] == "embedding", document
    await client.delete(f"{path}/{document['id']}")
    return document["done"]


if __name__ == "__main__":
    sys.stdout.write("\n".join(table.markdown() for table in measure()))
