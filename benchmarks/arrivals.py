"""Launches that come at their own pace, whether or not the ones before are done (open loop)."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import psutil

from benchmarks.tables import percentile

PER_SECOND = 2
SECONDS = 60
STAY_S = 3.0


@dataclass(frozen=True)
class Arrivals:
    """What a minute of launches came to."""

    milliseconds: Sequence[float]
    warm: int
    processor_s: float
    """What the machine's processors did meanwhile, in seconds: the client's work is in it."""

    @property
    def cells(self) -> list[str]:
        """p50, p99, the slowest, how many found a waiting page, and what each cost."""
        times = self.milliseconds
        return [
            f"{percentile(times, 50):.0f}",
            f"{percentile(times, 99):.0f}",
            f"{max(times):.0f}",
            f"{self.warm} of {len(times)}",
            f"{self.processor_s / len(times):.2f}",
        ]


def arrivals(url: str, *, seconds: int = SECONDS, per_second: float = PER_SECOND) -> Arrivals:
    """Launch at *url* at that pace; each session is stopped a few seconds after it was ready."""
    return asyncio.run(_arrivals(url, int(seconds * per_second), 1 / per_second))


async def _arrivals(url: str, count: int, every_s: float) -> Arrivals:
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        begun, busy = time.perf_counter(), _busy_s()
        visits: list[asyncio.Task[tuple[float, bool]]] = []
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number * every_s - time.perf_counter()))
            visits.append(asyncio.create_task(_visit(http)))
        done = await asyncio.gather(*visits)
    return Arrivals([ms for ms, _ in done], sum(warm for _, warm in done), _busy_s() - busy)


def _busy_s() -> float:
    """What all processors of this machine have worked since it started."""
    times = psutil.cpu_times()
    return times.user + times.system


async def _visit(http: httpx.AsyncClient) -> tuple[float, bool]:
    begun = time.perf_counter()
    answer = await http.post(
        "/v1/sessions", params={"wait": 30}, json={"scenario": "technical-support"}
    )
    milliseconds = (time.perf_counter() - begun) * 1000
    answer.raise_for_status()
    session = answer.json()
    await asyncio.sleep(STAY_S)
    (await http.delete(f"/v1/sessions/{session['id']}")).raise_for_status()
    return milliseconds, session["launch"]["mode"] == "warm"
