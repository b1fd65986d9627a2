"""Serving an app with uvicorn: on SIGTERM it stops accepting, drains, and exits 0."""

import asyncio
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from playground_http.stopping import STOPPING

KEPT_FOR_S = 120
"""How long a connection without a request stays open: longer than whoever asks keeps theirs.

Clients in Python keep one for 5 s, Traefik and other edges for 60 to 90. Whoever closes first must
be the one who asks: a request that meets the server's closing is lost, and only the client could
know that it was not begun. uvicorn's own 5 s are those of httpx to the moment.
"""


@contextmanager
def refused_in_words() -> Generator[None]:
    """Around the reading of settings: what is wrong is said in a line, and the exit code is 1."""
    try:
        yield
    except ValidationError as error:
        said = (f"{_variable(wrong['loc'])}: {wrong['msg']}" for wrong in error.errors())
        sys.exit("; ".join(said).replace("Value error, ", ""))


def _variable(place: tuple[int | str, ...]) -> str:
    name = ".".join(str(part) for part in place).upper()
    known = name.startswith(("REDIS_URL", "CHAT_MODEL_ID", "OPENAI_"))
    return name if known else f"PLAYGROUND_{name}"


def serve(app: FastAPI, *, host: str, port: int, drain_s: float) -> None:
    """Serve *app* until SIGTERM or SIGINT; connections then have *drain_s* seconds to end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # uvicorn raises the signal again once it has shut down
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEPT_FOR_S,
        timeout_graceful_shutdown=max(1, int(drain_s)),
        http=_http(),
        ws=PatientSockets,
    )
    _Server(config).run()


def _http() -> type[asyncio.Protocol] | Literal["h11"]:
    """The parser of requests; both refuse a head that is too long."""
    if sys.platform == "win32":  # where httptools is not installed
        return "h11"
    from playground_http.heads import BoundedHeads

    return BoundedHeads


class PatientSockets(WebSocketsSansIOProtocol):
    """Leaves a socket to its app when the server stops, where the app has said that it ends it.

    Such an app sets `state.ends_itself`; it is told of the stop as of a disconnect, may go on
    sending for as long as connections may, and closes. uvicorn cuts all others off with 1012.
    """

    def shutdown(self) -> None:
        open_yet = self.handshake_complete and not self.close_sent
        if open_yet and self.scope.get("state", {}).get("ends_itself"):
            self.stop_keepalive()
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1001})
        else:
            super().shutdown()


class _Server(uvicorn.Server):
    """Tells the process of the signal at once: parts drain while connections are still served."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        STOPPING.begun = True
        super().handle_exit(sig, frame)


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
