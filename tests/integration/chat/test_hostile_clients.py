"""Clients that mean no good, or know no better: nobody else waits for them, nothing is lost."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.support.chat_backend import BackendProcess, events
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until

MIB = 1024


@pytest.fixture(scope="module")
def backend(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BackendProcess]:
    """A backend in a process of its own, served as it is in production."""
    process = BackendProcess(redis_server_url, model.url, tmp_path_factory.mktemp("scenarios"))
    process.start()
    yield process
    assert process.stop() == 0


@pytest.fixture
async def client(backend: BackendProcess, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=backend.url, timeout=60, limits=limits) as made:
        yield made


def _socket(backend: BackendProcess, *, holds: int | None = None) -> socket.socket:
    url = httpx.URL(backend.url)
    made = socket.socket()
    if holds is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, holds)
    made.settimeout(30)
    made.connect((url.host, url.port))
    return made


def _request(backend: BackendProcess, path: str, body: dict[str, str]) -> bytes:
    sent = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {backend.url.removeprefix('http://')}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent


def _memory_kib(backend: BackendProcess) -> int:
    assert backend.process is not None
    status = Path(f"/proc/{backend.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


async def _says(client: httpx.AsyncClient, conversation: str) -> str:
    asked = {"session_id": conversation, "input": "[[tokens=3]]"}
    answer = await client.post("/v1/chat", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["text"]


async def _answer_in_log(client: httpx.AsyncClient, conversation: str) -> str | None:
    found = (await client.get(f"/v1/sessions/{conversation}/messages")).json().get("items", [])
    return next((one["content"] for one in found if one["role"] == "assistant"), None)


async def test_who_reads_a_byte_at_a_time_holds_nobody_back_and_misses_nothing(
    backend: BackendProcess, client: httpx.AsyncClient
) -> None:
    tokens = 12_000
    asked = {"session_id": "slow", "input": f"[[tokens={tokens}]]"}
    with _socket(backend, holds=4096) as slow:
        slow.sendall(_request(backend, "/v1/chat/stream", asked))
        assert slow.recv(1) == b"H"
        assert await _says(client, "other") == "w0 w1 w2"

        async def whole() -> bool:
            slow.recv(1)
            return await _answer_in_log(client, "slow") is not None

        await wait_until(whole, "the turn has ended although nobody reads it", timeout_s=60)
        assert await _says(client, "other-2") == "w0 w1 w2"
        read = bytearray()
        while b"event: done" not in read:
            read += await asyncio.to_thread(slow.recv, 65536)
    assert read.count(b"event: token") >= 1
    said = "".join(
        line.removeprefix("data: ")
        for block in read.decode().split("\n\n")
        for line in block.splitlines()
        if "event: token" in block and line.startswith("data: ")
    )
    assert said.endswith(f"w{tokens - 1}")
    assert (await _answer_in_log(client, "slow") or "").count(" ") == tokens - 1


async def test_many_who_do_not_read_cost_little_memory(
    backend: BackendProcess, client: httpx.AsyncClient
) -> None:
    asked = {"session_id": "long", "input": "[[tokens=6000 pace_ms=1]]"}
    request = f"GET /v1/sessions/long/stream HTTP/1.1\r\nHost: {backend.url[7:]}\r\n\r\n".encode()
    async with events(client, "POST", "/v1/chat/stream", json=asked) as stream:
        await anext(stream)
        before = _memory_kib(backend)
        idle = [_socket(backend, holds=4096) for _ in range(100)]
        for one in idle:
            one.sendall(request)
        text = "w0" + "".join([event.data async for event in stream if event.kind == "token"])
    # The answer itself, and 64 KiB for each that waits: not its whole answer (0.3 MB) for each.
    assert text.endswith("w5999")
    more = _memory_kib(backend) - before
    assert more < 60 * MIB, f"{more} KiB more"
    for one in idle:
        one.close()


async def test_five_hundred_streams_are_open_and_others_are_answered(
    backend: BackendProcess, client: httpx.AsyncClient
) -> None:
    asked = {"session_id": "watched", "input": "[[tokens=3 stall_after=1]]"}
    path = "/v1/sessions/watched/stream"
    async with AsyncExitStack() as streams, asyncio.timeout(100):
        first = await streams.enter_async_context(
            events(client, "POST", "/v1/chat/stream", json=asked)
        )
        assert (await anext(first)).data == "w0"
        more = first
        for _ in range(500):
            more = await streams.enter_async_context(events(client, "GET", path))
            assert (await anext(more)).data == "w0"
        assert await _says(client, "other") == "w0 w1 w2"
        await client.post("/v1/sessions/watched/cancel")
        assert [event.kind async for event in first][-1] == "done"
        assert [event.kind async for event in more][-1] == "done"


async def test_a_turn_goes_on_when_its_reader_closes_its_half(
    backend: BackendProcess, client: httpx.AsyncClient
) -> None:
    asked = {"session_id": "half", "input": "[[tokens=20 pace_ms=5]]"}
    with _socket(backend) as half:
        half.sendall(_request(backend, "/v1/chat/stream", asked))
        assert half.recv(1) == b"H"
        half.shutdown(socket.SHUT_WR)

        async def whole() -> bool:
            said = await _answer_in_log(client, "half")
            return said is not None and said.endswith("w19")

        await wait_until(whole, "the turn is whole in the log", timeout_s=30)


@pytest.mark.parametrize("megabytes", [1, 50])
async def test_a_head_without_end_is_refused(
    backend: BackendProcess, client: httpx.AsyncClient, megabytes: int
) -> None:
    before = _memory_kib(backend)
    with _socket(backend) as rude:
        rude.sendall(f"GET /healthz HTTP/1.1\r\nHost: {backend.url[7:]}\r\nX-Long: ".encode())
        with suppress(ConnectionError):
            for _ in range(megabytes * 16):
                rude.sendall(b"a" * 65536)
        head, _, body = rude.recv(4096).partition(b"\r\n\r\n")
    assert b" 431 " in head.splitlines()[0]
    assert json.loads(body)["code"] == "too_large"
    assert _memory_kib(backend) - before < 8 * MIB
    assert (await client.get("/healthz")).status_code == 200


async def test_what_is_no_http_is_refused_as_a_problem(backend: BackendProcess) -> None:
    with _socket(backend) as rude:
        rude.sendall(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        head, _, body = rude.recv(4096).partition(b"\r\n\r\n")
    assert b" 400 " in head.splitlines()[0]
    assert json.loads(body)["code"] == "invalid_request"


async def test_requests_that_never_end_hold_nobody_back(
    backend: BackendProcess, client: httpx.AsyncClient
) -> None:
    slow = [_socket(backend) for _ in range(200)]
    for one in slow:
        one.sendall(b"POST /v1/chat HTTP/1.1\r\nHost: a\r\nContent-Le")
    assert await _says(client, "other") == "w0 w1 w2"
    for one in slow:
        one.close()
