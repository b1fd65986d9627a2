"""`WS /ws/chat` (contract §6): conversations over one socket, as many at once as a client wants."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from redis.exceptions import RedisError
from starlette.responses import Response

from playground.conversation.model import Door
from playground.errors import InvalidRequest, NoCapacity, PlaygroundError
from playground.identifiers import conversation_name
from playground.redis_connection import translated
from playground_chat.backend.doors.desk import Desk
from playground_chat.backend.doors.socket_messages import (
    Asked,
    Cancel,
    Resume,
    Sent,
    read_message,
)
from playground_chat.backend.doors.streams import (
    Told,
    checked_entry_id,
    events_since,
    one_by_one,
    start_of_stream,
    turn_events,
)
from playground_chat.backend.engine.briefing import Wish
from playground_http.problems import RESPONSES, problem_response
from playground_http.request_ids import request_id
from playground_http.stopping import STOPPING

log = logging.getLogger(__name__)

MAX_STREAMS = 64
"""How many streams one socket may have at once."""
PATIENCE_S = 60.0
"""How long one message may wait for a client that does not read."""

_ABOUT = """A WebSocket; a plain GET is answered 426. Each message is a JSON object in a text frame.

Send:
- `{"session_id", "input", "model"?, "temperature"?}`: a question. Several conversations may run at
  once, one turn at a time in each.
- `{"type": "cancel", "session_id"?}`: ends the conversation's turn; without a name, every turn that
  this socket streams. What was said is kept, and `done` follows.
- `{"type": "resume", "session_id", "after"?}`: tells what follows the event id `after`, whichever
  door gave it; without it, the running turn from its begin. Where there is nothing, only `done`.

Receive `{"event", "data", "session_id"?, "id"?}`: `token` (a piece of text), `error` (a problem),
`done` (the session's id). `id` is the same as in server-sent events. An `error` that no `done`
follows refuses a message; turns that run go on, and the socket stays open. A turn goes on when the
socket ends. A service that stops lets turns end and closes with 1001.
"""


def socket_router(desk: Desk) -> APIRouter:
    """The socket, and a page of the documentation in its place for plain requests."""
    router = APIRouter(tags=["chat"])

    @router.websocket("/ws/chat")
    async def chat(socket: WebSocket) -> None:
        await ChatSocket(desk, socket).run()

    @router.get(
        "/ws/chat",
        summary="WebSocket",
        description=_ABOUT,
        status_code=426,
        response_class=Response,
        responses={426: RESPONSES["default"]},
    )
    async def about() -> Response:
        refused = InvalidRequest("This is a WebSocket: connect with ws:// or wss://.")
        refused.status, refused.title = 426, "Upgrade required"
        return problem_response(refused, {"Upgrade": "websocket", "Connection": "Upgrade"})

    return router


class ChatSocket:
    """One client's socket. What it reads and what it is told wait for each other nowhere.

    Nothing is piled up for a client that does not read: each stream stands still at its place in
    the log, and further messages are not taken in.
    """

    def __init__(self, desk: Desk, socket: WebSocket) -> None:
        self._desk = desk
        self._socket = socket
        self._streams: dict[asyncio.Task[None], str] = {}

    async def run(self) -> None:
        """Serve until the client goes, or the process is asked to stop."""
        self._socket.state.ends_itself = True
        await self._socket.accept()
        try:
            with suppress(WebSocketDisconnect, TimeoutError):
                await self._listen()
                if STOPPING.begun:
                    await self._leave()
        finally:
            streams = list(self._streams)
            for task in streams:
                task.cancel()
            await asyncio.gather(*streams, return_exceptions=True)

    async def _listen(self) -> None:
        while (received := await self._socket.receive())["type"] == "websocket.receive":
            await self._take(received.get("text"))

    async def _leave(self) -> None:
        """Tell running turns to their end, as far as there is time, and close."""
        if self._streams:
            await asyncio.wait(self._streams, timeout=max(0.0, self._desk.finishing_s - 0.5))
        await self._socket.close(1001, "the service is stopping")

    async def _take(self, text: str | None) -> None:
        """Do what a message says, or tell why not."""
        name: str | None = None
        try:
            sent = read_message(text)
            name = sent.session_id
            await self._do(sent)
        except PlaygroundError as error:
            await self._refuse(error, name)
        except RedisError as error:
            log.error("Redis: %s", error)
            await self._refuse(translated(error), name)

    async def _do(self, sent: Sent) -> None:
        if isinstance(sent, Cancel):
            await self._cancel(sent)
            return
        name = conversation_name(sent.session_id)
        if len(self._streams) >= MAX_STREAMS:
            raise NoCapacity(f"A socket has at most {MAX_STREAMS} streams at once.")
        events = await (self._asked(name, sent) if isinstance(sent, Asked) else self._since(sent))
        before = [task for task, other in self._streams.items() if other == name]
        task = asyncio.create_task(self._tell(name, events, before), name=f"socket {name}")
        self._streams[task] = name
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._streams[task]

    async def _asked(self, name: str, asked: Asked) -> AsyncGenerator[list[Told]]:
        wish = Wish(asked.model, asked.temperature)
        return turn_events(
            self._desk, await self._desk.begin(name, asked.text, door=Door.WS, wish=wish)
        )

    async def _since(self, wanted: Resume) -> AsyncGenerator[list[Told]]:
        cursor = await start_of_stream(
            self._desk, wanted.session_id, checked_entry_id(wanted.after, field="after")
        )
        if cursor is None:
            return _nothing(wanted.session_id)
        return events_since(self._desk, wanted.session_id, cursor)

    async def _cancel(self, wanted: Cancel) -> None:
        if wanted.session_id is not None:
            names = {conversation_name(wanted.session_id)}
        else:
            names = set(self._streams.values())
        for name in names:
            await self._desk.turns.cancel(name)

    async def _tell(
        self, name: str, events: AsyncGenerator[list[Told]], before: list[asyncio.Task[None]]
    ) -> None:
        """Send *events*, after the streams *before* them, which tell of the same conversation."""
        if before:
            await asyncio.wait(before)
        with suppress(WebSocketDisconnect, TimeoutError):
            try:
                async with aclosing(one_by_one(events)) as each:
                    async for told in each:
                        await self._send(told.kind, told.value, name, told.id)
            except RedisError as error:  # as a stream over HTTP would: cut, to be taken up again
                log.error("Redis: %s", error)
                await self._socket.close(1011, "the store is away")

    async def _refuse(self, error: PlaygroundError, name: str | None) -> None:
        await self._send("error", error.problem(request_id()), name)

    async def _send(
        self, kind: str, data: Any, name: str | None, entry_id: str | None = None
    ) -> None:
        """Raises WebSocketDisconnect where the client is gone, TimeoutError where it is asleep."""
        message = {"event": kind, "data": data, "session_id": name, "id": entry_id}
        told = {key: value for key, value in message.items() if value is not None}
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._socket.send_json(told)
        except RuntimeError as error:  # the server has given the client up, or we have closed
            raise WebSocketDisconnect(1006) from error


async def _nothing(name: str) -> AsyncGenerator[list[Told]]:
    yield [Told("done", name)]
