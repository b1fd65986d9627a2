"""A model server for tests: the OpenAI chat-completions protocol over HTTP, answering by script.

Run it as ``python -m tests.support.scripted_model --port N [--key K]``, or in a thread of a test
with ``with running_model() as model:`` and point a client at ``model.url`` (which ends in ``/v1``).

What it answers stands in the request: directives ``[[name=value name=value]]`` in the last user
message or in the model's name. Without any, it answers ``w0 w1 ... w11``, one word a token.

    tokens=50       how many words: "w0 w1 w2 ..."; each but the first begins with a blank
    say=system      the system prompt it was given, in place of words
    say=history     the role and length of every message it was given: "system:12 user:5"
    say=last        the last user message without its directives, newlines kept
    say=settings    temperature, max_tokens and the names of all other fields of the request
    pace_ms=20      pause after each token
    first_ms=500    pause before the first token
    stall_after=3   three tokens, then silence until the client goes away
    drop_after=3    three tokens, then the connection is cut
    status=500      an HTTP error in the OpenAI form (401, 429, 500, ...); retry-after-ms is 20
    times=2         with status: only the first two requests of these very words fail
    silent=1        not a byte of an answer until the client goes away
    bad=json at=2   after two tokens something that no model should send: see bad_chunks.py
    body=text/html  a page of that type in place of an answer
    empty=1         an answer without any text
    mute=1          as many pieces as tokens says, with nothing in them
    finish=length   the finish_reason (default stop)
    call=add        a call of the tool of that name, with args={"a":1} as they stand; once it has
                    answered: what the tools said. rounds=3: not before the third time; id=x
    no_tools=1      refused with 400 where the request brings tools
    calls=2         two calls of the first tool that the request brings, after the words (tokens=0:
                    no words), with the arguments {"number": 0} and {"number": 1}, in pieces

A stream ends with a usage chunk where `stream_options.include_usage` asks for one. With ``--key``
every other bearer token gets 401. ``GET /health`` answers 200, ``GET /v1/models`` lists one model,
``GET /requests`` gives the bodies received so far (in a test: `model.requests`, `model.abandoned`).
"""

import argparse
import asyncio
import json
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.support.bad_chunks import bad_chunks
from tests.support.scripted_calls import tools_said, wanted_calls
from tests.support.served import served_beside

_DIRECTIVES = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)


@dataclass
class ScriptedModel:
    """The server's state: what it was asked, and how many streams were left before their end."""

    url: str = ""
    key: str | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    abandoned: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    def app(self) -> Starlette:
        """The HTTP face of this model."""
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/v1/models", self._models),
                Route("/requests", self._received),
                Route("/health", self._health),
            ]
        )

    async def _complete(self, request: Request) -> Response:
        if self._is_stranger(request):
            return _failure(401)
        asked = await request.json()
        self.requests.append(asked)
        script = _script_of(asked)
        status = int(script.get("status", 200))
        if status != 200:
            words = f"{asked['model']} {_last_user(asked)}"
            self.failures[words] += 1
            if self.failures[words] <= int(script.get("times", 1_000_000)):
                return _failure(status)
        if "no_tools" in script and asked.get("tools"):
            return _failure(400, "this model does not support tools")
        if "body" in script:
            return Response("<h1>Welcome to nginx!</h1>", media_type=script["body"])
        return _Answer(self, asked, script)

    def _is_stranger(self, request: Request) -> bool:
        return bool(self.key) and request.headers.get("authorization") != f"Bearer {self.key}"

    async def _models(self, request: Request) -> Response:
        if self._is_stranger(request):
            return _failure(401)
        return JSONResponse({"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    async def _received(self, _: Request) -> Response:
        return JSONResponse(self.requests)

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})


class _Answer(Response):
    """One completion, streamed or whole, that may stall or break as its script says."""

    def __init__(self, model: ScriptedModel, asked: dict[str, Any], script: dict[str, str]) -> None:
        super().__init__()
        self._model = model
        self._asked = asked
        self._script = script
        self._pieces = [] if "empty" in script else _pieces(asked, script)

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        answer = self._stream(send) if self._asked.get("stream") else self._whole(send)
        work = asyncio.ensure_future(answer)
        gone = asyncio.ensure_future(_until_disconnected(receive))
        await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            self._model.abandoned += 1
        for task in (work, gone):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _stream(self, send: Send) -> None:
        if "silent" in self._script:
            await asyncio.Event().wait()
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._chunk(send, {"role": "assistant", "content": ""})
        said = 0
        await self._bad(send, said)
        async for piece in self._paced():
            if piece is None:  # returning with the body unfinished makes uvicorn cut the connection
                return
            await self._chunk(send, {"content": piece})
            said += 1
            await self._bad(send, said)
        await self._say_calls(send)
        if self._script.get("bad") != "end":
            await self._end(send)
        await send({"type": "http.response.body", "body": b""})

    async def _bad(self, send: Send, said: int) -> None:
        if said != int(self._script.get("at", 0)):
            return
        for part in bad_chunks(self._script.get("bad", "")):
            await send({"type": "http.response.body", "body": part, "more_body": True})

    async def _say_calls(self, send: Send) -> None:
        for number, call in enumerate(self._calls()):
            whole = call["function"]
            begun = {**call, "index": number, "function": {**whole, "arguments": ""}}
            await self._chunk(send, {"tool_calls": [begun]})
            for part in (whole["arguments"][:5], whole["arguments"][5:]):
                added = {"index": number, "function": {"arguments": part}}
                await self._chunk(send, {"tool_calls": [added]})

    async def _end(self, send: Send) -> None:
        await self._chunk(send, {}, finish=self._finish())
        if (self._asked.get("stream_options") or {}).get("include_usage"):
            body = {**self._envelope("chunk"), "choices": [], "usage": self._usage()}
            await self._line(send, body)
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n", "more_body": True})

    async def _whole(self, send: Send) -> None:
        said = ""
        async for piece in self._paced():
            if piece is None:
                return
            said += piece
        message: dict[str, Any] = {"role": "assistant", "content": said}
        if calls := self._calls():
            message["tool_calls"] = calls
        choice = {"index": 0, "message": message, "finish_reason": self._finish()}
        body = json.dumps(
            {**self._envelope("completion"), "choices": [choice], "usage": self._usage()}
        )
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body.encode()})

    def _calls(self) -> list[dict[str, Any]]:
        if "call" in self._script:
            return wanted_calls(self._asked, self._script)
        tools = self._asked.get("tools") or [{"function": {"name": "unknown"}}]
        name = tools[0]["function"]["name"]
        return [
            {
                "id": f"call-{number}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps({"number": number})},
            }
            for number in range(int(self._script.get("calls", 0)))
        ]

    def _finish(self) -> str:
        return self._script.get("finish", "tool_calls" if self._calls() else "stop")

    async def _paced(self) -> AsyncIterator[str | None]:
        """The pieces at their pace; None where the connection is to be cut."""
        stall, drop = (int(self._script.get(k, -1)) for k in ("stall_after", "drop_after"))
        pace_s = float(self._script.get("pace_ms", 0)) / 1000
        await asyncio.sleep(float(self._script.get("first_ms", 0)) / 1000)
        for number, piece in enumerate([*self._pieces, ""]):
            if number == stall:
                await asyncio.Event().wait()
            if number == drop:
                yield None
            if number < len(self._pieces):
                yield piece
                await asyncio.sleep(pace_s)

    async def _chunk(self, send: Send, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        await self._line(send, {**self._envelope("chunk"), "choices": [choice]})

    async def _line(self, send: Send, body: dict[str, Any]) -> None:
        line = f"data: {json.dumps(body)}\n\n".encode()
        await send({"type": "http.response.body", "body": line, "more_body": True})

    def _envelope(self, kind: str) -> dict[str, Any]:
        name = "chat.completion" + (".chunk" if kind == "chunk" else "")
        return {"id": "chatcmpl-1", "object": name, "created": 0, "model": self._asked["model"]}

    def _usage(self) -> dict[str, int]:
        prompt = sum(len(_text(m).split()) for m in self._asked["messages"])
        completion = len(self._pieces)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _script_of(asked: dict[str, Any]) -> dict[str, str]:
    found = _DIRECTIVES.findall(f"{asked['model']} {_last_user(asked)}")
    return dict(word.partition("=")[::2] for part in found for word in part.split())


def _pieces(asked: dict[str, Any], script: dict[str, str]) -> list[str]:
    known = {"model", "messages", "stream", "stream_options", "temperature", "max_tokens"}
    messages = asked["messages"]
    limit = asked.get("max_completion_tokens") or asked.get("max_tokens")
    said = {
        "system": next((_text(m) for m in messages if m["role"] == "system"), "no system prompt"),
        "history": " ".join(f"{m['role']}:{len(_text(m))}" for m in messages),
        "last": _DIRECTIVES.sub("", _last_user(asked)),
        "settings": f"{asked.get('temperature')} {limit} {sorted(set(asked) - known)}",
    }
    if "call" in script and not wanted_calls(asked, script):
        return re.findall(r"\s*\S+|\s+", tools_said(asked))
    if "call" in script and "tokens" not in script:
        return []
    if "say" in script:
        return re.findall(r"\s*\S+|\s+", said[script["say"]])
    number = int(script.get("tokens", 12))
    if "mute" in script:
        return [""] * number
    return [f" w{n}" if n else "w0" for n in range(number)]


def _last_user(asked: dict[str, Any]) -> str:
    return next((_text(m) for m in reversed(asked["messages"]) if m["role"] == "user"), "")


def _text(message: dict[str, Any]) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(b.get("text", "") for b in content)


def _failure(status: int, words: str = "") -> Response:
    error = {
        "message": words or f"scripted failure {status}",
        "type": "scripted",
        "code": str(status),
    }
    return JSONResponse({"error": error}, status, {"retry-after-ms": "20"})


@contextmanager
def running_model(*, port: int = 0, key: str | None = None) -> Iterator[ScriptedModel]:
    """A scripted model that answers on loopback for the block, on *port* where one is named."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        model = ScriptedModel(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", key)
        with served_beside(model.app(), listener, lifespan="off", ws="none"):
            yield model


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(description="A model server that answers by script")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", default=None)
    options = parser.parse_args()
    app = ScriptedModel(key=options.key).app()
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="critical", ws="none")


if __name__ == "__main__":
    main()
