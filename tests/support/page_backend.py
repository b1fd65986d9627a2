"""A double of the chat backend as a page sees it: the internal page API over real HTTP."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

TOKEN = "slot-1.secret"
MODEL = "openai:scripted"
WAY_BACK = "http://127.0.0.1:9/sessions/session-1/open"

SCENARIO: dict[str, Any] = {
    "name": "technical-support",
    "title": "Technical Support",
    "icon": "🛠️",
    "summary": "Finds out what is wrong, one step at a time.",
    "greeting": "Hello! Tell me **what is not working**, and what you have tried so far.",
    "starters": ["My laptop does not wake up from sleep", "The app says 'disk full'"],
    "inputs": [
        {"key": "product", "label": "Product", "type": "text", "default": "Laptop"},
        {"key": "notes", "label": "Notes", "type": "textarea"},
        {
            "key": "level",
            "label": "Your experience",
            "type": "select",
            "options": ["New to this", "At home with it", "Expert"],
            "default": "At home with it",
        },
        {"key": "steps", "label": "Steps at once", "type": "number", "default": 3, "min": 1},
        {"key": "calm", "label": "Calm", "type": "slider", "min": 0, "max": 1, "step": 0.1},
        {"key": "links", "label": "Name sources", "type": "checkbox", "default": True},
        {"key": "log", "label": "Log or code", "type": "code"},
    ],
    "uploads": False,
    "kind": "chat",
}


class PageBackend:
    """One session's conversation, kept in this object: the server may stop and start again.

    What it says to a page's message is `answer`, one piece each `pace_s`; a test drives other doors
    by `begin`, `say` and `end`. All methods may be called from any thread.
    """

    def __init__(self) -> None:
        self._be_new()
        self.followers = 0
        self._lock = threading.RLock()
        self._grown: asyncio.Event | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._count = 0
        self._hung_up = 0
        self._tasks: set[asyncio.Task[None]] = set()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def _be_new(self) -> None:
        self.session: dict[str, Any] = _session()
        self.scenario = SCENARIO
        self.model_note: str | None = None
        self.answer = ["Have ", "you ", "tried ", "turning ", "it ", "**off** ", "and on?"]
        self.pace_s = 0.01
        self.refusal: tuple[int, dict[str, Any]] | None = None
        self.lose_answers = False
        self.has_session = True
        self.looks = 0
        self.messages: list[dict[str, Any]] = []
        self.entries: list[tuple[str, str, Any]] = []
        self.saved_inputs: list[dict[str, Any]] = []
        self._running: str | None = None
        self._cancelled = False
        self._text = ""

    # -- what other doors do --------------------------------------------------------------

    def begin(self, text: str, door: str = "rest") -> str:
        """A turn begins with *text*; its id."""
        with self._lock:
            turn = self._next("turn")
            self._running, self._text, self._cancelled = turn, "", False
            message = self._message("user", text, turn, door)
            self._append("turn", {"turn": turn, "message": message})
            return turn

    def say(self, text: str) -> None:
        """The running turn's next piece."""
        with self._lock:
            self._text += text
            self._append("token", {"turn": self._running, "text": text})

    def end(self, status: str = "complete", error: dict[str, Any] | None = None) -> None:
        """The running turn ends with what was said; with nothing said there is no reply."""
        with self._lock:
            turn = self._running
            door = next(m["door"] for m in reversed(self.messages) if m["turn"] == turn)
            if error:
                self._append("error", {"turn": turn, "problem": error})
            message = None
            if self._text:
                more = {"status": status, "model": self.session["model"]}
                more |= {"note": self.model_note} if self.model_note else {}
                message = self._message("assistant", self._text, str(turn), door, **more)
                if error:
                    message["error"] = error
            self._running = None
            self._append("done", {"turn": turn, "message": message})

    def change_session(self, **changes: Any) -> None:
        """The session's record changes."""
        with self._lock:
            revision = self.session.get("revision", 0) + 1
            self.session = {**self.session, **changes, "revision": revision}
            self.entries.append(("", "session", self.session))
            self._wake()

    # -- the server -----------------------------------------------------------------------

    def start(self) -> None:
        """Listen, at the same address each time."""
        config = uvicorn.Config(
            Starlette(routes=self._routes()),
            host="127.0.0.1",
            port=self.port,
            log_level="warning",
            lifespan="off",
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
        self._be_new()
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
        ]

    async def _get_page(self, request: Request) -> Response:
        self.looks += 1
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
                "cursor": cursor,
                "running": self._running is not None,
                "way_back": WAY_BACK,
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
            connection = self._hung_up
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
        turn = self.begin(body["input"], door="page")
        task = asyncio.create_task(self._reply(turn))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.lose_answers:
            return _problem(502, "internal", "The answer was lost.")
        message_id = next(m["id"] for m in reversed(self.messages) if m["turn"] == turn)
        return JSONResponse({"turn": turn, "message_id": message_id}, status_code=202)

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
        inputs = (await request.json())["inputs"]
        self.saved_inputs.append(inputs)
        self.change_session(inputs={**self.session["inputs"], **inputs})
        return JSONResponse(self.session)

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _problem(401, "unauthorized", "This page's token is not valid.")
        if not self.has_session:
            return _problem(409, "session_not_ready", "This page waits for a session.")
        if self.refusal and (request.method != "GET" or self.refusal[0] == 401):
            status, problem = self.refusal
            return JSONResponse({"status": status, **problem}, status)
        return None

    def _message(self, role: str, text: str, turn: str, door: str, **more: Any) -> dict[str, Any]:
        message = {
            "id": self._next("msg"),
            "turn": turn,
            "role": role,
            "content": text,
            "created_at": datetime.now(UTC).isoformat(),
            "door": door,
            "status": "complete",
            **more,
        }
        self.messages.append(message)
        return message

    def _next(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}"

    def _append(self, kind: str, data: Any) -> None:
        self._count += 1
        self.entries.append((f"{self._count}-0", kind, data))
        self._wake()

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


def _session() -> dict[str, Any]:
    moment = datetime.now(UTC).isoformat()
    return {
        "id": "session-1",
        "scenario": SCENARIO["name"],
        "title": SCENARIO["title"],
        "status": "ready",
        "url": None,
        "created_at": moment,
        "last_active_at": moment,
        "model": MODEL,
        "inputs": {
            "product": "Laptop",
            "notes": "",
            "level": "At home with it",
            "steps": 3,
            "calm": 0,
            "links": True,
            "log": "",
        },
        "turns": 0,
        "launcher": "process",
    }


def _problem(status: int, code: str, detail: str) -> Response:
    return JSONResponse({"status": status, "code": code, "detail": detail}, status)
