"""What streams are measured against: the model itself, a bare stream, and the chat backend.

Servers that are compared run one at a time on the first core; the model, the tools and the
client have the second.
"""

import json
import os
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.streaming import Came, on_core, served_by
from tests.support.chat_backend import BackendProcess
from tests.support.redis_server import running_redis

MEASURED_CORE, OTHER_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A server that streams answers to questions."""

    name: str
    url: str
    pid: int
    speaks_openai: bool = False

    def asked(self, words: str, conversation: str) -> dict[str, Any]:
        """The body of a question."""
        if self.speaks_openai:
            messages = [{"role": "user", "content": words}]
            return {"model": "scripted", "messages": messages, "stream": True}
        return {"session_id": conversation, "input": words}

    def word(self, came: Came) -> str:
        """The text that an event of an answer brings, if any."""
        if not self.speaks_openai:
            return came.data if came.kind == "token" else ""
        if came.data in ("", "[DONE]"):
            return ""
        choices = json.loads(came.data)["choices"]
        return choices[0]["delta"].get("content", "") if choices else ""

    def cpu_s(self) -> float:
        """Seconds of processor that it has taken so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_kib(self) -> int:
        """What it holds in memory by itself (USS)."""
        kept = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in kept if line.startswith("Private_"))


@contextmanager
def servers() -> Generator[list[Server]]:
    """The model asked directly, the bare stream, the backend without tools and with them."""
    with ExitStack() as running, on_core(OTHER_CORE):
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        model_url, model = running.enter_context(served_by("tests.support.scripted_model"))
        tools_url, _ = running.enter_context(served_by("benchmarks.one_tool"))
        redis_url = running.enter_context(running_redis(folder / "redis"))
        with on_core(MEASURED_CORE):
            bare_url, bare = running.enter_context(
                served_by("benchmarks.bare_stream", "--model-url", f"{model_url}/v1")
            )
            plain = _backend(running, folder / "plain", redis_url, model_url)
            tools = {"USE_MCP_IN_CHAT": "true", "MCP_SERVER_URL": f"{tools_url}/mcp"}
            agent = _backend(running, folder / "agent", redis_url, model_url, **tools)
        path = "/v1/chat/stream"
        yield [
            Server("the model, directly", f"{model_url}/v1/chat/completions", model, True),
            Server("FastAPI, LangChain and sse-starlette alone", f"{bare_url}{path}", bare),
            Server("`POST /v1/chat/stream` without tools", f"{plain[0]}{path}", plain[1]),
            Server("`POST /v1/chat/stream`, the agent", f"{agent[0]}{path}", agent[1]),
        ]


def _backend(
    running: ExitStack, folder: Path, redis_url: str, model_url: str, **environment: str
) -> tuple[str, int]:
    folder.mkdir()
    backend = BackendProcess(redis_url, f"{model_url}/v1", folder, **environment)
    backend.start()
    running.callback(backend.stop)
    assert backend.process is not None
    return backend.url, backend.process.pid
