"""The MCP door: what it adds to a call, to a run of an app, to a token; and what two parties wait.

Run alone: ``python -m benchmarks.mcp_door``.
"""

import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import httpx

from benchmarks.app_runs import app_tables
from benchmarks.contextforge import contextforge
from benchmarks.stacks import embedded
from benchmarks.streaming import served_by
from benchmarks.tables import Table

CALLS, FOR_S = 200, 3.0
CALLERS = (1, 16, 64)
APPS = Path(__file__).parent / "apps"
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
}
Way = tuple[str, str]
"""The address of an MCP server, and the name of the tool there."""
META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
_SCENARIO = """\
name: {name}
title: {name}
kind: app
app: {{script: {script}}}
mcp_server: {{url: "{server}"}}
"""


def measure() -> list[Table]:
    """Calls that are passed on, and apps that are used."""
    with tempfile.TemporaryDirectory() as folder, served_by("benchmarks.one_tool") as (server, _):
        for script in APPS.glob("*.py"):
            shutil.copy(script, folder)
            text = _SCENARIO.format(name=script.stem, script=script.name, server=f"{server}/mcp")
            (Path(folder) / f"{script.stem}.yaml").write_text(text)
        (Path(folder) / "talk.yaml").write_text(
            "name: talk\ntitle: Talk\nsystem_prompt: Be brief.\n"
        )
        chosen = {"PLAYGROUND_SCENARIOS_DIR": folder}
        with (
            embedded(**chosen) as url,
            served_by("benchmarks.proxy", "--server", f"{server}/mcp") as (proxy, _),
        ):
            with contextforge(Path(folder), f"{server}/mcp") as forge:
                calls = _calls(url, server, proxy, forge)
            return [calls, *asyncio.run(app_tables(url))]


def launched(url: str, scenario: str) -> dict[str, Any]:
    """A session whose page is ready."""
    answer = httpx.post(
        f"{url}/v1/sessions", params={"wait": 60}, json={"scenario": scenario}, timeout=90
    )
    answer.raise_for_status()
    return answer.json()


def _calls(url: str, server: str, proxy: str, forge: Way) -> Table:
    passed = f"{url}/mcp/sessions/{launched(url, 'slider')['id']}/server"
    ways: dict[str, Way] = {
        "the server, directly": (f"{server}/mcp", "add"),
        "passed on by the gateway": (passed, "add"),
        "FastMCP's proxy": (f"{proxy}/mcp", "add"),
        "ContextForge": forge,
    }
    found = asyncio.run(_measured(ways))
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
        "calls by 1, 16 and 64 callers; in brackets, of what the server does directly. Server, "
        "gateway, proxies and the client (aiohttp's for every way) share two cores.",
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
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as http:
        for number in range(CALLS + 10):
            for name, way in ways.items():
                took = await _timed(lambda to=way: _call(http, to))
                times[name] += [took] if number >= 10 else []
        rates = {name: [await _rate(http, to, n) for n in CALLERS] for name, to in ways.items()}
    return {name: [statistics.median(times[name]), *rates[name]] for name in ways}


async def _rate(http: aiohttp.ClientSession, way: Way, callers: int) -> float:
    done, until = 0, time.perf_counter() + FOR_S

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await _call(http, way)
            done += 1

    await asyncio.gather(*(caller() for _ in range(callers)))
    return done / FOR_S


async def _call(http: aiohttp.ClientSession, way: Way) -> None:
    address, tool = way
    params = {"name": tool, "arguments": {"a": 1, "b": 2}, "_meta": META}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    async with http.post(address, json=call, headers={"Mcp-Name": tool}) as answer:
        text = await answer.text()
    assert '"structuredContent"' in text, text[:300]


async def _timed(what: Callable[[], Awaitable[None]]) -> float:
    begun = time.perf_counter()
    await what()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    sys.stdout.write("\n".join(table.markdown() for table in measure()))
