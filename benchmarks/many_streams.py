"""Many answers at once through one core, at a model's pace and as fast as it can.

Every word is looked at: an answer that lacks one, or has one twice, is counted as lost. Run alone:
``python -m benchmarks.many_streams``.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks.chat_servers import Server, servers
from benchmarks.streaming import Stream, ask
from benchmarks.tables import Table, percentile

STREAMS = 200
TOKENS = 250
PACE_MS = 20
FAST_STREAMS, FAST_TOKENS = 20, 500


@dataclass
class Crowd:
    """What became of streams that were asked for together."""

    took_s: float
    cpu_s: float
    memory_kib: float
    """What the server held more for each, while all were open."""
    first_ms: list[float] = field(default_factory=list[float])
    pauses_ms: list[float] = field(default_factory=list[float])
    tokens: int = 0
    lost: int = 0
    """Answers that were not whole."""


def measure() -> list[Table]:
    """200 streams at 50 tokens a second, and 20 without a pause."""
    with servers() as measured:
        return asyncio.run(_measured(measured))


async def _measured(measured: Sequence[Server]) -> list[Table]:
    for server in measured:
        await _crowd(server, 5, 5, 0, "warm")
    paced = [await _crowd(server, STREAMS, TOKENS, PACE_MS, "paced") for server in measured]
    fast = [await _crowd(server, FAST_STREAMS, FAST_TOKENS, 0, "fast") for server in measured]
    one = [await _crowd(server, 1, 2000, 0, "one") for server in measured]
    return [_paced_table(measured, paced), _fast_table(measured, one, fast)]


async def _crowd(server: Server, streams: int, tokens: int, pace_ms: int, name: str) -> Crowd:
    before_s, before_kib = server.cpu_s(), server.memory_kib()
    words = f"[[tokens={tokens} pace_ms={pace_ms}]]"
    begun = time.perf_counter()
    asked = [
        await ask(server.url, server.asked(words, f"{name}-{number}-{server.pid}"))
        for number in range(streams)
    ]
    ended = asyncio.gather(*(stream.ended.wait() for stream in asked))
    most = before_kib
    while not ended.done():
        await asyncio.wait({ended}, timeout=0.5)
        most = max(most, server.memory_kib())
    crowd = Crowd(
        time.perf_counter() - begun, server.cpu_s() - before_s, (most - before_kib) / streams
    )
    for stream in asked:
        _count(crowd, server, stream, tokens)
    return crowd


def _count(crowd: Crowd, server: Server, stream: Stream, tokens: int) -> None:
    said = [(came.at, word) for came in stream.events() if (word := server.word(came))]
    crowd.tokens += tokens
    if "".join(word for _, word in said) != " ".join(f"w{number}" for number in range(tokens)):
        crowd.lost += 1
    if said:
        crowd.first_ms.append((said[0][0] - stream.asked_at) * 1000)
    crowd.pauses_ms += ((later - one) * 1000 for (one, _), (later, _) in pairwise(said))


def _paced_table(measured: Sequence[Server], crowds: Sequence[Crowd]) -> Table:
    rows = [
        [
            server.name,
            f"{statistics.median(crowd.first_ms):.0f}",
            f"{percentile(crowd.first_ms, 99):.0f}",
            f"{percentile(crowd.pauses_ms, 99.9):.0f}",
            f"{max(crowd.pauses_ms):.0f}",
            f"{crowd.took_s:.1f}",
            f"{crowd.cpu_s / crowd.tokens * 1e6:.0f}",
            f"{crowd.memory_kib:.0f}",
            f"{crowd.lost}",
        ]
        for server, crowd in zip(measured, crowds, strict=True)
    ]
    return Table(
        title=f"{STREAMS} answers at once",
        note=f"{STREAMS} questions asked together, {TOKENS} tokens each at {1000 / PACE_MS:.0f} a "
        f"second ({TOKENS * PACE_MS / 1000:g} s of speech), the server on one core; model, tools "
        "and client share the other.",
        columns=[
            "through",
            "first token, median ms",
            "p99 ms",
            "pause p99.9 ms",
            "longest ms",
            "all ended after s",
            "processor µs a token",
            "memory KiB a stream",
            "answers not whole",
        ],
        rows=rows,
    )


def _fast_table(measured: Sequence[Server], one: Sequence[Crowd], many: Sequence[Crowd]) -> Table:
    rows = [
        [
            server.name,
            f"{alone.tokens / alone.took_s:.0f}",
            f"{crowd.tokens / crowd.took_s:.0f}",
            f"{crowd.cpu_s / crowd.tokens * 1e6:.0f}",
            f"{(crowd.tokens / crowd.took_s) / (many[1].tokens / many[1].took_s):.2f}",
        ]
        for server, alone, crowd in zip(measured, one, many, strict=True)
    ]
    return Table(
        title="As fast as the model can",
        note=f"One answer of 2,000 tokens, then {FAST_STREAMS} at once of {FAST_TOKENS} each.",
        columns=[
            "through",
            "one: tokens/s",
            f"{FAST_STREAMS}: tokens/s",
            "processor µs a token",
            "ratio to the bare stream",
        ],
        rows=rows,
    )


if __name__ == "__main__":
    sys.stdout.write("\n".join(table.markdown() for table in measure()))
