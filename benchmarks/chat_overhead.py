"""What lies between a model's first token and a reader of the chat backend.

The same scripted model is asked directly, through a bare stream and through the backend, turn
about, by the same client. Run alone: ``python -m benchmarks.chat_overhead``.
"""

import asyncio
import statistics
import sys
from collections.abc import Sequence

from benchmarks.chat_servers import Server, servers
from benchmarks.streaming import ask
from benchmarks.tables import Table, percentile

ROUNDS = 60
QUESTION = "[[tokens=10 pace_ms=20]]"


def measure() -> list[Table]:
    """Time to the first token, each way."""
    with servers() as measured:
        return [asyncio.run(_measured(measured))]


async def _measured(measured: Sequence[Server]) -> Table:
    first = {server.name: list[float]() for server in measured}
    for number in range(ROUNDS + 5):
        for server in measured:
            took_ms = await _first_ms(server, f"first-{number}-{server.pid}")
            if number >= 5:
                first[server.name].append(took_ms)
    direct, bare = (statistics.median(first[server.name]) for server in measured[:2])
    rows = [
        [
            name,
            f"{(median := statistics.median(times)):.1f}",
            f"{percentile(times, 95):.1f}",
            f"{median - direct:.1f}",
            f"{(median - direct) / (bare - direct):.2f}",
        ]
        for name, times in first.items()
    ]
    return Table(
        title="Time to the first token",
        note=f"{ROUNDS} turns each, turn about, 20 ms a token; each server has one core, model, "
        "tools and client the other.",
        columns=["through", "median ms", "p95 ms", "added ms", "of what the bare stream adds"],
        rows=rows,
    )


async def _first_ms(server: Server, conversation: str) -> float:
    stream = await ask(server.url, server.asked(QUESTION, conversation))
    await stream.ended.wait()
    first = next(came for came in stream.events() if server.word(came))
    return (first.at - stream.asked_at) * 1000


if __name__ == "__main__":
    sys.stdout.write("\n".join(table.markdown() for table in measure()))
