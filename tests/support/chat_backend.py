"""A real chat backend for tests: in a thread or a process of its own, spoken to over real HTTP."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from playground.settings import StoreSettings
from playground_chat.backend.app import create_app
from playground_chat.backend.settings import ChatSettings
from playground_http.serving import PatientSockets
from playground_http.settings import DoorSettings
from tests.support.served import served_beside

NO_TOOLS: dict[str, Any] = {"use_mcp_in_chat": False}
"""Most tests are of answers without tools: there is no MCP server."""

SCENARIO = """
name: helpdesk
title: Helpdesk
summary: Help with devices
system_prompt: "You help with {{ device }} for {{ customer.name }}."
greeting: Hello, what is broken?
starters: [It does not start]
inputs:
  - {key: device, label: Device, type: select, options: [router, laptop]}
  - {key: notes, label: Notes, type: textarea}
limits: {max_turns: 3}
"""


@dataclass(frozen=True)
class Event:
    """One server-sent event as it arrived."""

    kind: str
    data: str
    id: str | None

    def json(self) -> Any:
        return json.loads(self.data)


@contextmanager
def running_backend(redis_url: str, model_url: str, folder: Path, **settings: Any) -> Iterator[str]:
    """The base URL of a backend in a thread, for the block; its scenarios are in *folder*."""
    (folder / "helpdesk.yaml").write_text(SCENARIO)
    chosen = {
        "chat_model_id": "openai:scripted",
        "openai_base_url": model_url,
        **NO_TOOLS,
        **settings,
    }
    store = StoreSettings(redis_url=redis_url, scenarios_dir=folder, drain_s=0.2)
    app = create_app(ChatSettings(**chosen), store, DoorSettings())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        options = {"timeout_graceful_shutdown": 1, "ws": PatientSockets}
        with served_beside(app, listener, **options) as address:
            yield address


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class BackendProcess:
    """A backend in a process of its own, which a test may kill and start again."""

    def __init__(self, redis_url: str, model_url: str, folder: Path, **environment: str) -> None:
        (folder / "helpdesk.yaml").write_text(SCENARIO)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {
            **os.environ,
            "REDIS_URL": redis_url,
            "OPENAI_BASE_URL": model_url,
            "CHAT_MODEL_ID": "openai:scripted",
            "PLAYGROUND_CHAT_PORT": str(port),
            "PLAYGROUND_SCENARIOS_DIR": str(folder),
            "PLAYGROUND_DRAIN_S": "3",
            "USE_MCP_IN_CHAT": "false",
            **environment,
        }
        self._log = folder / "backend.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "playground_chat.backend.main"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, "the chat backend did not come up"
            time.sleep(0.02)

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def events(
    client: httpx.AsyncClient, method: str, path: str, **request: Any
) -> AsyncIterator[AsyncIterator[Event]]:
    """The events of an SSE answer as they arrive. Fails on any answer but 200."""
    async with client.stream(method, path, **request) as answer:
        if answer.status_code != 200:
            await answer.aread()
            raise AssertionError(f"{answer.status_code}: {answer.text}")
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _parsed(answer)


async def all_events(
    client: httpx.AsyncClient, method: str, path: str, **request: Any
) -> list[Event]:
    """The events of an SSE answer that ends by itself."""
    async with asyncio.timeout(20), events(client, method, path, **request) as stream:
        return [event async for event in stream]


def said(stream: list[Event]) -> str:
    """The text of all tokens."""
    return "".join(event.data for event in stream if event.kind == "token")


async def _parsed(answer: httpx.Response) -> AsyncIterator[Event]:
    """Parsed as the standard says; httpx's aiter_lines would also split at U+2028."""
    rest = b""
    async for piece in answer.aiter_bytes():
        *blocks, rest = (rest + piece).split(b"\n\n")
        for block in blocks:
            fields: dict[str, list[str]] = {}
            for line in block.decode().split("\n"):
                name, _, value = line.partition(":")
                fields.setdefault(name, []).append(value.removeprefix(" "))
            if "data" in fields:
                event_id = fields.get("id", [None])[-1]
                yield Event(fields["event"][-1], "\n".join(fields["data"]), event_id)
