"""Streams of OpenAI's protocol as plain dicts, as LangChain reads them, without OpenAI's classes.

The client makes an object of classes out of every piece of every token, which LangChain takes
apart again: three quarters of what a token costs. Requests, retries and errors stay the client's.
Where many streams run at once, words of one stream that have arrived together go on together.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Iterable, Iterator
from types import TracebackType
from typing import Any, cast

import httpx
from openai import APIConnectionError, APIError, APITimeoutError, AsyncStream

from playground_chat.backend.engine.crowd import Crowd

_TOGETHER = 64
_AHEAD_BYTES = 256 * 1024
"""How much of an answer is read before its words are asked for."""
_GAP = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_DONE = b"[DONE]"
_LEAVING_S = 0.1
"""How long the connection is given to end after its last word, so that it can be used again."""


class PlainCompletions:
    """OpenAI's chat completions, whose streams are dicts."""

    def __init__(self, completions: Any, crowd: Crowd) -> None:
        self._completions = completions
        self._crowd = crowd

    async def create(self, **payload: Any) -> Any:
        """What OpenAI's `create` gives, but `PlainChunks` for a stream. Raises OpenAI's errors."""
        answer = await self._completions.create(**payload)
        if isinstance(answer, AsyncStream):
            return PlainChunks(cast(AsyncStream[Any], answer), self._crowd)
        return answer


class PlainChunks:
    """The chunks of one answer: iterate over it once, inside its context."""

    def __init__(self, stream: AsyncStream[Any], crowd: Crowd) -> None:
        # The type says a successor of httpx; it is the response of the client that is given to it.
        self._response = cast(httpx.Response, stream.response)
        self._crowd = crowd
        self._ended = False
        self._arrived = bytearray()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "PlainChunks":
        self._crowd.streams += 1
        self._room.set()
        self._reading = asyncio.create_task(self._read(), name="answer of a model")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._crowd.streams -= 1
        reading = cast(asyncio.Task[None], self._reading)
        if self._ended:
            await asyncio.wait({reading}, timeout=_LEAVING_S)
        reading.cancel()
        await asyncio.wait({reading})
        await self._response.aclose()

    async def __aiter__(self) -> AsyncGenerator[dict[str, Any]]:
        rest = b""
        while data := await self._taken():
            *blocks, rest = _GAP.split(rest + data)
            chunks = self._chunks(blocks)
            for chunk in _together(chunks) if self._crowd.is_large else chunks:
                yield chunk
            if self._ended:
                return

    async def _read(self) -> None:
        """Take what arrives; its parts come one by one also where they arrived together."""
        try:
            async for data in self._response.aiter_bytes():
                self._arrived += data
                self._news.set()
                if len(self._arrived) > _AHEAD_BYTES:
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._news.set()

    async def _taken(self) -> bytes:
        """All that has arrived, once something has; nothing at the end. Raises OpenAI's errors."""
        reading = cast(asyncio.Task[None], self._reading)
        while not self._arrived and not reading.done():
            self._news.clear()
            await self._news.wait()
        if not self._arrived:
            self._raise_failure(reading)
        taken, self._arrived = bytes(self._arrived), bytearray()
        self._room.set()
        return taken

    def _raise_failure(self, reading: asyncio.Task[None]) -> None:
        request = cast(Any, self._response.request)
        try:
            reading.result()
        except httpx.TimeoutException as error:
            raise APITimeoutError(request=request) from error
        except httpx.HTTPError as error:
            raise APIConnectionError(request=request) from error

    def _chunks(self, blocks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """What the events say. Raises APIError for a failure told, ValueError for rubbish."""
        for block in blocks:
            data = _data_of(block)
            if data.startswith(_DONE):
                self._ended = True
                return
            if data:
                yield self._checked(json.loads(data))

    def _checked(self, chunk: Any) -> dict[str, Any]:
        if not isinstance(chunk, dict):
            raise ValueError("A chunk of the stream is no JSON object.")
        told = cast(dict[str, Any], chunk)
        if error := told.get("error"):
            said: Any = (
                cast(dict[str, Any], error).get("message") if isinstance(error, dict) else ""
            )
            message = said if said and isinstance(said, str) else "The model's server failed."
            raise APIError(
                message, request=cast(Any, self._response.request), body=cast(Any, error)
            )
        return told


def _data_of(block: bytes) -> bytes:
    lines = block.splitlines() if b"\n" in block or b"\r" in block else [block]
    said = [line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:")]
    return b"\n".join(said)


def _together(chunks: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """*chunks*, of which those in a row that hold nothing but words are one."""
    held: dict[str, Any] | None = None
    words: list[str] = []
    for chunk in chunks:
        said = _only_words(chunk)
        if held is not None and (said is None or len(words) >= _TOGETHER):
            yield _saying(held, words)
            held, words = None, []
        if said is None:
            yield chunk
            continue
        held = held or chunk
        words.append(said)
    if held is not None:
        yield _saying(held, words)


def _only_words(chunk: dict[str, Any]) -> str | None:
    """The words of a chunk that holds nothing else, else None."""
    choices = chunk.get("choices")
    if chunk.get("usage") or not isinstance(choices, list) or len(choices) != 1:  # pyright: ignore
        return None
    choice: Any = choices[0]  # pyright: ignore
    if not isinstance(choice, dict) or choice.get("finish_reason") or choice.get("logprobs"):  # pyright: ignore
        return None
    delta: Any = choice.get("delta")  # pyright: ignore
    said = delta.get("content") if isinstance(delta, dict) and len(delta) == 1 else None  # pyright: ignore
    return said if isinstance(said, str) else None


def _saying(chunk: dict[str, Any], words: list[str]) -> dict[str, Any]:
    if len(words) == 1:
        return chunk
    first = cast(dict[str, Any], chunk["choices"][0])
    return {**chunk, "choices": [{**first, "delta": {"content": "".join(words)}}]}
