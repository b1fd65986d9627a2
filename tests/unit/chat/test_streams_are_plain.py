"""A model's stream as plain dicts: whole, in order, together where many run at once."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from openai import APIConnectionError, APIError, AsyncOpenAI

from playground_chat.backend.engine.crowd import CROWDED, Crowd
from playground_chat.backend.engine.wire import PlainCompletions

DONE = b"data: [DONE]\n\n"


def _chunk(delta: dict[str, Any], **choice: Any) -> bytes:
    body = {"choices": [{"index": 0, "delta": delta, **choice}]}
    return f"data: {json.dumps(body)}\n\n".encode()


def _words(*said: str) -> list[bytes]:
    return [_chunk({"content": word}) for word in said]


class _Body(httpx.AsyncByteStream):
    def __init__(self, parts: Sequence[bytes | Exception]) -> None:
        self._parts = parts
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            if isinstance(part, Exception):
                raise part
            yield part

    async def aclose(self) -> None:
        self.closed = True


async def _chunks(
    parts: Sequence[bytes | Exception], *, others: int = 0
) -> tuple[list[dict[str, Any]], _Body]:
    body, crowd = _Body(parts), Crowd()
    crowd.streams = others
    answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=body)
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as http:
        client: Any = AsyncOpenAI(api_key="none", http_client=http, max_retries=0)  # pyright: ignore
        asked = PlainCompletions(client.chat.completions, crowd)
        stream = await asked.create(model="m", messages=[], stream=True)
        async with stream as told:
            found = [chunk async for chunk in told]
    assert crowd.streams == others
    return found, body


def _said(chunks: list[dict[str, Any]]) -> list[str]:
    return [chunk["choices"][0]["delta"]["content"] for chunk in chunks]


async def test_every_word_is_a_chunk_of_its_own() -> None:
    chunks, body = await _chunks([*_words("a", " b", " c"), DONE])
    assert _said(chunks) == ["a", " b", " c"]
    assert body.closed


@pytest.mark.parametrize("at", range(1, 60, 7))
async def test_it_does_not_matter_where_the_bytes_are_cut(at: int) -> None:
    whole = b"".join([*_words("né", "\n\n", "é\u2028"), DONE])
    chunks, _ = await _chunks([whole[:at], whole[at:]])
    assert _said(chunks) == ["né", "\n\n", "é\u2028"]


async def test_other_line_ends_comments_and_names_of_events_are_understood() -> None:
    (word,) = _words("a")
    parts = [b": ping\r\n\r\n", b"event: x\r\n" + word.replace(b"\n", b"\r\n"), DONE]
    chunks, _ = await _chunks(parts)
    assert _said(chunks) == ["a"]


async def test_words_that_arrived_together_go_together_where_many_streams_run() -> None:
    call = _chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]})
    end = _chunk({}, finish_reason="stop")
    parts = [_chunk({"role": "assistant", "content": ""}), *_words("a", "b"), call]
    chunks, _ = await _chunks([*parts, *_words("c", "d"), end, DONE], others=CROWDED)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert deltas[1] == {"content": "ab"}
    assert "tool_calls" in deltas[2]
    assert deltas[3] == {"content": "cd"}
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


async def test_usage_and_words_of_several_choices_stay_apart_where_many_streams_run() -> None:
    usage = b'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n'
    chunks, _ = await _chunks([*_words("a"), usage, *_words("b"), DONE], others=CROWDED)
    assert [bool(chunk["choices"]) for chunk in chunks] == [True, False, True]


@pytest.mark.parametrize(
    ("bad", "raised"),
    [
        (b"data: {cut\n\n", ValueError),
        (b'data: "\xc3"\n\n', ValueError),
        (b"data: [1]\n\n", ValueError),
        (b'data: {"error": {"message": "on fire"}}\n\n', APIError),
        (b'data: {"error": "on fire"}\n\n', APIError),
        (httpx.ReadError("cut"), APIConnectionError),
        (httpx.RemoteProtocolError("cut"), APIConnectionError),
    ],
)
async def test_rubbish_is_an_error_and_the_answer_is_left(
    bad: bytes | Exception, raised: type[Exception]
) -> None:
    with pytest.raises(raised):
        await _chunks([*_words("a"), bad, *_words("b")])


async def test_a_stream_that_is_left_is_closed() -> None:
    class Endless(_Body):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield _words("a")[0]
                await asyncio.sleep(0)

    body, crowd = Endless([]), Crowd()
    answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=body)
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer)) as http:
        client: Any = AsyncOpenAI(api_key="none", http_client=http, max_retries=0)  # pyright: ignore
        stream = await PlainCompletions(client.chat.completions, crowd).create(
            model="m", messages=[], stream=True
        )
        async with stream as told:
            async for _ in told:
                break
    assert body.closed
    assert crowd.streams == 0
