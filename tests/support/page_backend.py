"""A double of the chat backend as a page sees it: the internal page API over real HTTP."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from playground_http.serving import KEPT_FOR_S
from tests.support.page_conversation import MODEL, PageConversation

TOKEN = "slot-1.secret"
WAY_BACK = "http://127.0.0.1:9/sessions/session-1/open"
EXPORT = "http://127.0.0.1:9/v1/sessions/session-1/export"


class PageBackend(PageConversation):
    """The internal page API; the conversation outlasts the server, which may stop and start again.

    What it says to a page's message is `answer`, one piece each `pace_s`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.followers = 0
        self._grown: asyncio.Event | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hung_up = self._known = 0
        self._tasks: set[asyncio.Task[None]] = set()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def be_new(self) -> None:
        super().be_new()
        self.answer = ["Have ", "you ", "tried ", "turning ", "it ", "**off** ", "and on?"]
        self.pace_s = 0.01
        self.refusal: tuple[int, dict[str, Any]] | None = None
        self.lose_answers = False
        self.has_session = True
        self.looks = 0
        self.saved_inputs: list[dict[str, Any]] = []
        self.saved: list[dict[str, Any]] = []
        self.edited: list[dict[str, Any]] = []
        self.models: list[dict[str, Any]] = [{"model": MODEL, "usable": True}]

    def start(self) -> None:
        """Listen, at the same address each time."""
        config = uvicorn.Config(
            Starlette(routes=self._routes()),
            host="127.0.0.1",
            port=self.port,
            log_config=None,
            lifespan="off",
            timeout_keep_alive=KEPT_FOR_S,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=(self._server,), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline, "the page backend did not start"
            time.sleep(0.005)

    def forget(self) -> None:
        """Be as new, for the next test; ids go on, so that nothing old is taken for new."""
        if not (self._thread and self._thread.is_alive()):
            self.start()
        revision = self.session.get("revision", 0)
        self.be_new()
        self.session["revision"] = revision + 1  # a page takes no older record than it has
        self.hang_up()

    def hang_up(self) -> None:
        """Break every open stream, and go on listening."""
        self._hung_up += 1
        self._wake()

    def stop(self) -> None:
        """Go away: every open stream breaks."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._wake()
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._loop = None

    def _serve(self, server: uvicorn.Server) -> None:
        async def serve() -> None:
            self._loop, self._grown = asyncio.get_running_loop(), asyncio.Event()
            await server.serve()
            for task in self._tasks:
                task.cancel()

        asyncio.run(serve())

    def _routes(self) -> list[Route]:
        return [
            Route("/internal/page", self._get_page),
            Route("/internal/page/events", self._get_events),
            Route("/internal/page/turns", self._post_turn, methods=["POST"]),
            Route("/internal/page/cancel", self._post_cancel, methods=["POST"]),
            Route("/internal/page/session", self._patch_session, methods=["PATCH"]),
            Route("/internal/page/edits", self._post_edit, methods=["POST"]),
            Route("/internal/page/models", self._get_models),
            Route("/internal/page/documents", self._documents, methods=["GET", "POST"]),
            Route("/internal/page/documents/{name}", self._forget_document, methods=["DELETE"]),
        ]

    async def _get_page(self, request: Request) -> Response:
        self.looks += 1
        self._known = self._hung_up
        if refused := self._refused(request):
            return refused
        with self._lock:
            cursor = next((i for i, _, _ in reversed(self.entries) if i), "0-0")
            if self._running:
                cursor = next(
                    i
                    for i, kind, data in self.entries
                    if kind == "turn" and data["turn"] == self._running
                )
            page = {
                "session": self.session,
                "scenario": self.scenario,
                "messages": self.messages,
                "problems": self.problems,
                "cursor": cursor,
                "running": self._running is not None,
                "way_back": WAY_BACK,
                "export": EXPORT,
            }
            return Response(json.dumps(page), media_type="application/json")

    async def _get_events(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        events = self._stream(request.query_params["after"])
        return StreamingResponse(events, media_type="text/event-stream")

    async def _stream(self, after: str) -> AsyncIterator[str]:
        place = next((n + 1 for n, e in enumerate(self.entries) if e[0] == after), 0)
        self.followers += 1
        try:
            yield ": hello\n\n"
            connection = self._known  # hung up since the page was read: it is to be read again
            while True:
                grown = self._grown  # before the looks below, so that no growth is missed
                assert grown
                if self._server is None or self._server.should_exit or connection != self._hung_up:
                    return
                while place < len(self.entries):
                    entry_id, kind, data = self.entries[place]
                    place += 1
                    line = f"id: {entry_id}\n" if entry_id else ""
                    yield f"event: {kind}\n{line}data: {json.dumps(data)}\n\n"
                await grown.wait()
        finally:
            self.followers -= 1

    async def _post_turn(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        body = await request.json()
        if self._running:
            return _problem(409, "turn_in_progress", "A turn is running.")
        if self.session["status"] == "stopped":
            return _problem(410, "session_ended", "The session has ended.")
        turn = self._begin_for_page(body["input"])
        task = asyncio.create_task(self._reply(turn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.lose_answers:
            return _problem(502, "internal", "The answer was lost.")
        message_id = next(m["id"] for m in reversed(self.messages) if m["turn"] == turn)
        return JSONResponse({"turn": turn, "message_id": message_id}, status_code=202)

    def _begin_for_page(self, text: str | None) -> str:
        """A turn of the page; without *text* the last question's, in the place of its turn."""
        with self._lock:
            if text is not None:
                return self.begin(text, door="page")
            last = self.messages[-1]["turn"]
            asked = next(m["content"] for m in self.messages if m["turn"] == last)
            self.messages = [m for m in self.messages if m["turn"] != last]
            return self.begin(asked, door="page", replaces=last)

    async def _reply(self, turn: str) -> None:
        for piece in self.answer:
            await asyncio.sleep(self.pace_s)
            if self._running != turn:
                return
            if self._cancelled:
                self.end("cancelled")
                return
            self.say(piece)
        if self._running == turn:
            self.end("cancelled" if self._cancelled else "complete")

    async def _post_cancel(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        self._cancelled = True
        return JSONResponse({"cancelled": self._running is not None}, status_code=202)

    async def _patch_session(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        changes = await request.json()
        self.saved.append(dict(changes))
        if "inputs" in changes:
            self.saved_inputs.append(changes["inputs"])
            changes["inputs"] = {**self.session["inputs"], **changes["inputs"]}
        self.change_session(**changes)
        return JSONResponse(self.session)

    async def _post_edit(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        self.edited.append(await request.json())
        return JSONResponse({"url": f"{self.url}/elsewhere"}, status_code=201)

    async def _get_models(self, request: Request) -> Response:
        return self._refused(request) or JSONResponse({"items": self.models})

    async def _documents(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        if request.method == "GET":
            return JSONResponse({"items": self.documents})
        async with request.form() as form:
            file: Any = form["file"]
            data = await file.read()
        document = {"id": self._next("doc"), "name": file.filename, "bytes": len(data), "chunks": 0}
        self.documents = [*self.documents, {**document, "status": "reading"}]
        return JSONResponse(document, status_code=201)

    async def _forget_document(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        gone = request.path_params["name"]
        self.documents = [one for one in self.documents if one["id"] != gone]
        return Response(status_code=204)

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _problem(401, "unauthorized", "This page's token is not valid.")
        if not self.has_session:
            return _problem(409, "session_not_ready", "This page waits for a session.")
        if self.refusal and (request.method != "GET" or self.refusal[0] == 401):
            status, problem = self.refusal
            return JSONResponse({"status": status, **problem}, status)
        return None

    def _wake(self) -> None:
        if self._loop is None or self._loop.is_closed():
            return

        def wake() -> None:
            assert self._grown
            self._grown.set()
            self._grown = asyncio.Event()

        self._loop.call_soon_threadsafe(wake)


@contextmanager
def page_backend() -> Generator[PageBackend]:
    """A backend that listens for the block."""
    backend = PageBackend()
    backend.start()
    try:
        yield backend
    finally:
        backend.stop()


def _problem(status: int, code: str, detail: str) -> Response:
    return JSONResponse({"status": status, "code": code, "detail": detail}, status)
