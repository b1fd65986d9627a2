"""Many answers at one time: none waits for another's connection, none holds the others up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from tests.support.chat_backend import all_events, events, running_backend, said
from tests.support.scripted_model import ScriptedModel

OPEN = 130
"""More than an HTTP client's usual 100 connections."""


@pytest.fixture
async def client(
    redis_url: str, model: ScriptedModel, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A client without limits of its own, of a backend that waits long for a silent model."""
    limits = httpx.Limits(max_connections=None)
    with running_backend(redis_url, model.url, tmp_path, model_stall_s=90) as url:
        async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as made:
            yield made


async def test_every_answer_begins_although_no_other_one_ends(client: httpx.AsyncClient) -> None:
    asked = {"input": "[[tokens=3 stall_after=1]]"}
    async with AsyncExitStack() as open_streams, asyncio.timeout(60):

        async def first_of(number: int) -> str:
            body = {**asked, "session_id": f"many-{number}"}
            stream = await open_streams.enter_async_context(
                events(client, "POST", "/v1/chat/stream", json=body)
            )
            return (await anext(stream)).data

        begun = await asyncio.gather(*(first_of(number) for number in range(OPEN)))
    assert begun == ["w0"] * OPEN


async def test_answers_that_come_as_fast_as_they_can_are_whole(client: httpx.AsyncClient) -> None:
    async def text_of(number: int) -> str:
        body = {"session_id": f"fast-{number}", "input": "[[tokens=300]]"}
        async with asyncio.timeout(90):
            return said(await all_events(client, "POST", "/v1/chat/stream", json=body))

    whole = " ".join(f"w{number}" for number in range(300))
    assert await asyncio.gather(*(text_of(number) for number in range(24))) == [whole] * 24
