"""The MCP door: what it adds to a call, to a run of an app, to a token; and what two parties wait.

Run alone: ``python -m benchmarks.mcp_door``.
"""

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx

from benchmarks.app_runs import app_tables
from benchmarks.chat_servers import MEASURED_CORE, OTHER_CORE
from benchmarks.contextforge import contextforge
from benchmarks.stacks import embedded
from benchmarks.streaming import on_core, served_by
from benchmarks.tables import Table
from benchmarks.ways import Way

CALLS, FOR_S = 200, 3.0
CALLERS = (1, 16, 64)
APPS = Path(__file__).parent / "apps"
_SCENARIO = """\
name: {name}
title: {name}
kind: app
app: {{script: {script}}}
mcp_server: {{url: "{server}"}}
"""


def measure() -> list[Table]:
    """Calls that are passed on, and apps that are used."""
    return [_calls(), *_apps()]


def _calls() -> Table:
    """The server has a core; gateways and the client have the other."""
    with (
        tempfile.TemporaryDirectory() as name,
        on_core(MEASURED_CORE),
        served_by("benchmarks.one_tool") as (server, _),
        on_core(OTHER_CORE),
        _stack(Path(name), server) as url,
        served_by("benchmarks.proxy", "--server", f"{server}/mcp") as (proxy, _),
        contextforge(Path(name), f"{server}/mcp") as forges,
    ):
        passed = f"{url}/mcp/sessions/{launched(url, 'slider')['id']}/server"
        ways: dict[str, Way] = {
            "the server, directly": Way(f"{server}/mcp"),
            "passed on by the gateway": Way(passed),
            "FastMCP's proxy": Way(f"{proxy}/mcp"),
            "ContextForge 1.1.0": forges[0],
            "ContextForge 1.1.0, a session of 2025-11-25": forges[1],
        }
        return _call_table(asyncio.run(_measured(ways)))


def _apps() -> list[Table]:
    with tempfile.TemporaryDirectory() as name, _stack(Path(name), "http://127.0.0.1:9") as url:
        return asyncio.run(app_tables(url))


@contextmanager
def _stack(folder: Path, server: str) -> Generator[str]:
    """The address of an embedded stack with the apps as scenarios."""
    for script in APPS.glob("*.py"):
        shutil.copy(script, folder)
        text = _SCENARIO.format(name=script.stem, script=script.name, server=f"{server}/mcp")
        (folder / f"{script.stem}.yaml").write_text(text)
    (folder / "talk.yaml").write_text("name: talk\ntitle: Talk\nsystem_prompt: Be brief.\n")
    with embedded(PLAYGROUND_SCENARIOS_DIR=str(folder)) as url:
        yield url


def launched(url: str, scenario: str) -> dict[str, Any]:
    """A session whose page is ready."""
    answer = httpx.post(
        f"{url}/v1/sessions", params={"wait": 60}, json={"scenario": scenario}, timeout=90
    )
    answer.raise_for_status()
    return answer.json()


def _call_table(found: dict[str, list[float]]) -> Table:
    base = found["the server, directly"]
    rows = [
        [
            name,
            f"{one[0]:.2f}",
            f"{one[0] - base[0]:.2f}",
            f"{one[0] / base[0]:.1f}",
            *(
                f"{rate:.0f} ({rate / own:.2f})"
                for rate, own in zip(one[1:], base[1:], strict=True)
            ),
        ]
        for name, one in found.items()
    ]
    return Table(
        title="A call passed on to a scenario's own MCP server",
        note=f"One tool that adds two numbers; {CALLS} calls each, turn about, then {FOR_S:g} s of "
        "calls by 1, 16 and 64 callers; in brackets, of what the server does directly. The "
        "server has one core; gateway, proxies and the client (aiohttp's for every way) the other.",
        columns=[
            "through",
            "median ms",
            "added ms",
            "times direct",
            *(f"calls/s at {n}" for n in CALLERS),
        ],
        rows=rows,
    )


async def _measured(ways: dict[str, Way]) -> dict[str, list[float]]:
    times = {name: list[float]() for name in ways}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        for number in range(CALLS + 10):
            for name, way in ways.items():
                took = await _timed(lambda to=way: to.call(http))
                times[name] += [took] if number >= 10 else []
        rates = {name: [await _rate(http, to, n) for n in CALLERS] for name, to in ways.items()}
    return {name: [statistics.median(times[name]), *rates[name]] for name in ways}


async def _rate(http: aiohttp.ClientSession, way: Way, callers: int) -> float:
    done, begun = 0, time.perf_counter()

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < begun + FOR_S:
            answered = await way.call(http)  # others count meanwhile
            done += answered

    await asyncio.gather(*(caller() for _ in range(callers)))
    return done / (time.perf_counter() - begun)


async def _timed(what: Callable[[], Awaitable[bool]]) -> float:
    begun = time.perf_counter()
    assert await what(), "the call failed"
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.stdout.write("\n".join(table.markdown() for table in measure()))
