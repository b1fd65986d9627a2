"""An MCP server with tools of every kind, good and bad: over real HTTP in a thread, or by pipes.

``python -m tests.support.tool_server`` speaks by its pipes.
"""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastmcp import FastMCP
from fastmcp.tools import Tool, ToolResult

from playground_http.serving import KEPT_FOR_S


class Liar(Tool):
    """A tool whose schema is none."""

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        return ToolResult(content=str(arguments))


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def fail() -> str:
    """Fail."""
    raise ValueError("the printer is on fire")


async def hang() -> str:
    """Never answer."""
    await asyncio.Event().wait()
    return ""


def big(characters: int) -> str:
    """Answer at length."""
    return "x" * characters


def whose(session_id: str) -> str:
    """Say which session asks."""
    return session_id


def control() -> str:
    """Not for conversations."""
    return "pressed"


def variable(name: str) -> str:
    """A variable of the environment."""
    return os.environ.get(name, "not set")


def tool_server(also: Sequence[Callable[..., Any]] = ()) -> FastMCP:
    """The server, with the tools *also* besides its own."""
    server: FastMCP = FastMCP("tools")
    for function in (add, fail, hang, big, whose, variable, *also):
        server.tool(function)
    server.tool(control, meta={"playground": {"use": "control"}})
    wrong = {"type": "object", "properties": {"a": {"type": "strnig"}}}
    server.add_tool(Liar(name="liar", parameters=wrong))
    return server


@dataclass
class RunningTools:
    """A server that answers at `url`, and can be ended before its block ends."""

    url: str
    server: uvicorn.Server
    thread: threading.Thread

    def end(self) -> None:
        """Stop it, whatever it does."""
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(10)


@contextmanager
def running_tools(
    *, port: int = 0, also: Sequence[Callable[..., Any]] = ()
) -> Iterator[RunningTools]:
    """The server on loopback for the block."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        app = tool_server(also).http_app()
        config = uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=1)
        config.timeout_keep_alive = KEPT_FOR_S
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running = RunningTools(url, server, thread)
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            yield running
        finally:
            running.end()


if __name__ == "__main__":
    tool_server().run(show_banner=False)
