"""An app behind a real socket, served in the test's own event loop or in a thread beside it."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from playground_http.serving import KEPT_FOR_S
from tests.support.waiting import wait_until


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncGenerator[str]:
    """The address of *app* for the block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
        config.timeout_graceful_shutdown = 3
        config.timeout_keep_alive = KEPT_FOR_S
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await wait_until(lambda: server.started or serving.done(), "the app is served")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@contextmanager
def served_beside(app: ASGIApp, listener: socket.socket, **options: Any) -> Generator[str]:
    """The address of *app* for the block; *options* are uvicorn's.

    FastAPI makes its routes at the first request that passes them, and keeps warnings down for that
    long, in a way that holds for one thread at a time: pytest does the same between its phases. So
    one that matches none of them comes first, before anything else goes on.
    """
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(app, log_config=None, timeout_keep_alive=KEPT_FOR_S, **options)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        httpx.get(f"{address}/none/such", timeout=20, trust_env=False)
        yield address
    finally:
        server.should_exit = server.force_exit = True
        thread.join(20)
