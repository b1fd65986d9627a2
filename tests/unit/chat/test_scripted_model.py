"""The scripted model obeys its directives; every other test of a conversation leans on that."""

from collections.abc import Iterator

import openai
import pytest

from tests.support.scripted_model import ScriptedModel, running_model
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with running_model() as running:
        yield running


async def _said(model: ScriptedModel, words: str) -> list[str]:
    async with openai.AsyncOpenAI(base_url=model.url, api_key="k", max_retries=2) as client:
        stream = await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": words}], stream=True
        )
        return [c.choices[0].delta.content or "" async for c in stream if c.choices]


async def test_it_says_the_words_it_is_told(model: ScriptedModel) -> None:
    assert [p for p in await _said(model, "[[tokens=3]]") if p] == ["w0", " w1", " w2"]
    assert "".join(await _said(model, "a\n\n b [[say=last]]")) == "a\n\n b "
    assert "".join(await _said(model, "[[say=history]]")) == "user:15"


async def test_it_fails_as_often_as_it_is_told(model: ScriptedModel) -> None:
    assert [p for p in await _said(model, "[[status=500 times=2 tokens=1]]") if p] == ["w0"]
    with pytest.raises(openai.AuthenticationError):
        await _said(model, "[[status=401]]")


async def test_it_drops_the_connection(model: ScriptedModel) -> None:
    with pytest.raises(openai.APIConnectionError):
        await _said(model, "[[drop_after=2]]")


async def test_it_notices_a_client_that_leaves_a_stalled_answer(model: ScriptedModel) -> None:
    before = model.abandoned
    with pytest.raises(openai.APITimeoutError):
        async with openai.AsyncOpenAI(base_url=model.url, api_key="k", max_retries=0) as client:
            await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "[[stall_after=1]]"}], timeout=0.2
            )
    await wait_until(lambda: model.abandoned == before + 1, "the model noticed")


async def test_a_wrong_key_is_refused() -> None:
    with running_model(key="right") as model, pytest.raises(openai.AuthenticationError):
        await _said(model, "hello")
