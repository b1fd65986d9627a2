"""Streams for the benchmarks: raw sockets that note what came when, and servers in processes.

The client does next to nothing while it measures; what it has received is taken apart afterwards.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.chat_backend import free_port

_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
"""Before anything is kept to one of them."""


@dataclass(frozen=True)
class Came:
    """One server-sent event: when it arrived, and what it said."""

    at: float
    kind: str
    data: str
    id: str


@dataclass
class Stream(asyncio.Protocol):
    """One request, and every piece of its answer with its time."""

    request: bytes
    asked_at: float = 0.0
    pieces: list[tuple[float, bytes]] = field(default_factory=list[tuple[float, bytes]])
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self.asked_at = time.perf_counter()
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.pieces.append((time.perf_counter(), data))
        if data.endswith(b"0\r\n\r\n"):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.ended.set()

    def close(self) -> None:
        """Leave the stream."""
        if self.transport is not None:
            self.transport.close()

    def events(self) -> list[Came]:
        """All events that have arrived. Fails on any answer but 200."""
        found: list[Came] = []
        rest = b""
        for at, data in _bodies(self.pieces):
            *blocks, rest = (rest + data).split(b"\n\n")
            found += (_event(at, block) for block in blocks)
        return found


def request_of(url: str, body: dict[str, Any]) -> bytes:
    """A POST of *body*, as it goes over the wire."""
    address = httpx.URL(url)
    sent = json.dumps(body).encode()
    lines = [
        f"POST {address.path} HTTP/1.1",
        f"Host: {address.host}:{address.port}",
        "Content-Type: application/json",
        f"Content-Length: {len(sent)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent


async def ask(url: str, body: dict[str, Any]) -> Stream:
    """Send *body* to *url*; the answer comes into the stream that is returned."""
    address = httpx.URL(url)
    loop = asyncio.get_running_loop()
    made = Stream(request_of(url, body))
    await loop.create_connection(lambda: made, address.host, address.port)
    return made


@contextmanager
def on_core(number: int) -> Generator[None]:
    """For the block this process, and all that it starts, has one core; where that can be had."""
    if not _CORES:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {_CORES[min(number, len(_CORES) - 1)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def served_by(module: str, *arguments: str) -> Generator[tuple[str, int]]:
    """The address of a server in a process of its own, ``python -m module``, and its process id."""
    port = free_port()
    command = [sys.executable, "-m", module, "--port", str(port), *arguments]
    process = subprocess.Popen(command)
    try:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/health", timeout=1).raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None, f"{module} did not start"
                time.sleep(0.02)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(10)


def _bodies(pieces: Sequence[tuple[float, bytes]]) -> Generator[tuple[float, bytes]]:
    """The body of a chunked answer, with the times at which its parts arrived."""
    rest, in_body = b"", False
    for at, data in pieces:
        rest += data
        if not in_body:
            head, gap, after = rest.partition(b"\r\n\r\n")
            if not gap:
                continue
            assert head.split(None, 2)[1] == b"200", rest[:500]
            rest, in_body = after, True
        body, rest = _dechunked(rest)
        yield at, body


def _dechunked(data: bytes) -> tuple[bytes, bytes]:
    """What the whole chunks of *data* hold, and what is left of it."""
    body = bytearray()
    while True:
        size, gap, after = data.partition(b"\r\n")
        if not gap or len(after) < (length := int(size, 16)) + 2:
            return bytes(body), data
        body += after[:length]
        data = after[length + 2 :]


def _event(at: float, block: bytes) -> Came:
    fields: dict[str, list[str]] = {}
    for line in block.decode().split("\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    data = "\n".join(fields.get("data", []))
    return Came(at, fields.get("event", [""])[0], data, fields.get("id", [""])[0])
