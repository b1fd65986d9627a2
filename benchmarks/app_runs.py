"""Apps that are used over MCP beside a browser's tab: how long each waits for what."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastmcp import Client

from benchmarks.tables import Table, percentile
from tests.support.headless import opened_tab

ROUNDS = 60
_AT, _TOOK = re.compile(r"at=([\d.]+);"), re.compile(r"took=([\d.]+);")


async def app_tables(url: str) -> list[Table]:
    """Delays around a run, around a token of an app, and to a model's first token."""
    async with Client(f"{url}/mcp") as client:
        acts, seen = await _acts(url, client)
        heard, shown = await _words(url, client)
        by_mcp, by_sse = await _first_tokens(url, client)
    rows = [
        ["`app_act` on a slider, over the script's own time", *_spread(acts)],
        ["what `app_act` did, seen in a tab, from the call on", *_spread(seen)],
        ["a word of `st.write_stream`, heard by the MCP client", *_spread(heard)],
        ["the same word, shown in the tab", *_spread(shown)],
        ["`send_message`, first token", *_spread(by_mcp)],
        ["`POST /v1/chat/stream`, first token", *_spread(by_sse)],
    ]
    note = f"{ROUNDS} rounds each; a headless tab is open on the app's page all the time."
    return [Table("An app and a chat over MCP", note, ["what", "median ms", "p90 ms"], rows)]


async def _acts(url: str, client: Client[Any]) -> tuple[list[float], list[float]]:
    session = await _launched(url, "slider")
    acts, seen = list[float](), list[float]()
    took = 0.0
    async with _tab(session["url"]) as told:
        for level in range(1, ROUNDS + 6):
            begun = time.perf_counter()
            goal = {"session_id": session["id"], "set": {"level": level}}
            result = await client.call_tool("app_act", goal)
            ended = time.perf_counter()
            text = str(result.structured_content)
            assert f"level={level};" in text, text[:500]
            came = await _until(told, f"level={level};".encode())
            took = float([took, *_TOOK.findall(text)][-1])  # told only where it changed
            if level > 5:
                acts.append((ended - begun) * 1000 - took)
                seen.append((came - begun) * 1000)
    return acts, seen


async def _words(url: str, client: Client[Any]) -> tuple[list[float], list[float]]:
    session = await _launched(url, "speech")
    heard = dict[str, float]()

    async def hear(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
        for word in _AT.findall(message or ""):
            heard.setdefault(word, time.time())

    async with _tab(session["url"]) as told:
        for _ in range(2):
            goal = {"session_id": session["id"], "click": "speak"}
            await client.call_tool("app_act", goal, progress_handler=hear)
        await asyncio.sleep(0.5)
        shown = dict[str, float]()
        offset = time.time() - time.perf_counter()
        for at, data in list(told):
            for word in _AT.findall(data.decode("latin-1")):
                shown.setdefault(word, at + offset)
    return (
        [(at - float(word)) * 1000 for word, at in heard.items()],
        [(at - float(word)) * 1000 for word, at in shown.items()],
    )


async def _first_tokens(url: str, client: Client[Any]) -> tuple[list[float], list[float]]:
    by_mcp, by_sse = list[float](), list[float]()
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
        for number in range(ROUNDS):
            question = "[[tokens=5 pace_ms=20]]"
            first = asyncio.Event()
            times = list[float]()

            async def hear(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001
                if not first.is_set():  # noqa: B023
                    times.append(time.perf_counter())  # noqa: B023
                    first.set()  # noqa: B023

            goal = {"session_id": f"mcp-{number}", "message": question}
            begun = time.perf_counter()
            await client.call_tool("send_message", goal, progress_handler=hear)
            by_mcp.append((times[0] - begun) * 1000)
            body = {"session_id": f"sse-{number}", "input": question}
            begun = time.perf_counter()
            async with http.stream("POST", "/v1/chat/stream", json=body) as answer:
                came = [
                    time.perf_counter()
                    async for line in answer.aiter_lines()
                    if line == "event: token"
                ]
            by_sse.append((came[0] - begun) * 1000)
    return by_mcp, by_sse


async def _launched(url: str, scenario: str) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=90, trust_env=False) as http:
        asked = {"scenario": scenario}
        answer = await http.post(f"{url}/v1/sessions", params={"wait": 60}, json=asked)
    answer.raise_for_status()
    return answer.json()


@asynccontextmanager
async def _tab(page: str) -> AsyncGenerator[list[tuple[float, bytes]]]:
    """A tab on the page: what it was told, and when."""
    told = list[tuple[float, bytes]]()
    async with opened_tab(page) as socket:

        async def listen() -> None:
            while True:
                data = await socket.recv(decode=False)
                told.append((time.perf_counter(), data))

        listening = asyncio.create_task(listen())
        try:
            yield told
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening


async def _until(told: list[tuple[float, bytes]], words: bytes) -> float:
    for _ in range(2000):
        for at, data in reversed(told):
            if words in data:
                return at
        await asyncio.sleep(0.005)
    raise TimeoutError(words)


def _spread(values: list[float]) -> list[str]:
    return [f"{percentile(values, 50):.1f}", f"{percentile(values, 90):.1f}"]
