"""OpenAI's own client against `/v1/models` and `/v1/chat/completions`."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI

from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until

TOOL: Any = {
    "type": "function",
    "function": {
        "name": "count",
        "description": "Counts",
        "parameters": {"type": "object", "properties": {"number": {"type": "integer"}}},
    },
}


@pytest.fixture
async def ai(backend_url: str, redis_url: str) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{backend_url}/v1", api_key="any", max_retries=0) as made:
        yield made


def _user(words: str) -> Any:
    return {"role": "user", "content": words}


async def test_each_chat_scenario_is_a_model(ai: AsyncOpenAI) -> None:
    assert [model.id async for model in ai.models.list()] == ["helpdesk"]
    assert (await ai.models.retrieve("helpdesk")).object == "model"
    with pytest.raises(openai.NotFoundError) as refused:
        await ai.models.retrieve("nosuch")
    assert refused.value.code == "model_not_found"


async def test_a_completion_comes_whole(ai: AsyncOpenAI) -> None:
    answer = await ai.chat.completions.create(model="helpdesk", messages=[_user("[[tokens=3]]")])
    choice = answer.choices[0]
    assert (choice.message.role, choice.message.content) == ("assistant", "w0 w1 w2")
    assert (choice.finish_reason, answer.model) == ("stop", "helpdesk")
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3
    assert answer.usage.total_tokens == 3 + answer.usage.prompt_tokens


@pytest.mark.parametrize("with_usage", [True, False])
async def test_a_completion_comes_in_pieces(ai: AsyncOpenAI, with_usage: bool) -> None:
    chunks = [
        chunk
        async for chunk in await ai.chat.completions.create(
            model="helpdesk",
            messages=[_user("[[tokens=3 finish=length]]")],
            stream=True,
            stream_options={"include_usage": with_usage},
        )
    ]
    usages = [chunk.usage for chunk in chunks if chunk.usage is not None]
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert [c.delta.content for c in choices] == ["", "w0", " w1", " w2", None]
    assert choices[0].delta.role == "assistant"
    assert [c.finish_reason for c in choices] == [None] * 4 + ["length"]
    assert [usage.completion_tokens for usage in usages] == [3] * with_usage
    assert len({chunk.id for chunk in chunks}) == 1


async def test_the_request_is_the_whole_conversation_and_nothing_is_kept(
    ai: AsyncOpenAI, model: ScriptedModel, client: httpx.AsyncClient
) -> None:
    messages: Any = [
        {"role": "system", "content": "Be brief."},
        _user("one"),
        {"role": "assistant", "content": "two"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "thr"}, {"type": "text", "text": "ee"}],
        },
    ]
    for _ in range(2):
        await ai.chat.completions.create(
            model="helpdesk", messages=messages, temperature=0.25, max_tokens=7, stop=["END", "x"]
        )
        asked = model.requests[-1]
        assert [(m["role"], m["content"]) for m in asked["messages"]] == [
            ("system", "You help with router for .\n\nBe brief."),
            ("user", "one"),
            ("assistant", "two"),
            ("user", "three"),
        ]
        limit = asked.get("max_completion_tokens") or asked.get("max_tokens")
        assert (asked["temperature"], limit, asked["stop"]) == (0.25, 7, ["END", "x"])
    told = (await client.get("/metrics")).text
    assert 'playground_turns_total{door="openai",outcome="complete"}' in told


@pytest.mark.parametrize("words", ["[[tokens=0 calls=2]]", "[[tokens=2 calls=2]]"])
async def test_tool_calls_come_back_whole(
    ai: AsyncOpenAI, model: ScriptedModel, words: str
) -> None:
    answer = await ai.chat.completions.create(
        model="helpdesk", messages=[_user(words)], tools=[TOOL], tool_choice="required"
    )
    calls: Any = answer.choices[0].message.tool_calls
    assert answer.choices[0].finish_reason == "tool_calls"
    assert [(c.id, c.function.name, json.loads(c.function.arguments)) for c in calls] == [
        ("call-0", "count", {"number": 0}),
        ("call-1", "count", {"number": 1}),
    ]
    assert model.requests[-1]["tools"] == [TOOL]
    assert model.requests[-1]["tool_choice"] == "required"


async def test_tool_calls_come_back_in_pieces_and_go_on_to_the_model(
    ai: AsyncOpenAI, model: ScriptedModel
) -> None:
    first = [_user("[[tokens=1 calls=2]]")]
    async with ai.chat.completions.stream(model="helpdesk", messages=first, tools=[TOOL]) as stream:
        message = (await stream.get_final_completion()).choices[0].message
    assert message.tool_calls is not None
    assert [json.loads(c.function.arguments)["number"] for c in message.tool_calls] == [0, 1]
    results: Any = [
        {"role": "tool", "tool_call_id": call.id, "content": "5"} for call in message.tool_calls
    ]
    said: Any = {
        "role": "assistant",
        "content": message.content,
        "tool_calls": [
            {"id": c.id, "type": "function", "function": {"name": "count", "arguments": "{oh"}}
            for c in message.tool_calls
        ],
    }
    await ai.chat.completions.create(model="helpdesk", messages=[*first, said, *results])
    told = model.requests[-1]["messages"]
    assert [m["role"] for m in told] == ["system", "user", "assistant", "tool", "tool"]
    assert told[2]["tool_calls"][0]["function"] == {"name": "count", "arguments": "{oh"}
    assert told[3]["tool_call_id"] == "call-0"


async def test_an_unknown_model_is_not_found(ai: AsyncOpenAI) -> None:
    for stream in (False, True):
        with pytest.raises(openai.NotFoundError) as refused:
            await ai.chat.completions.create(model="nosuch", messages=[_user("hi")], stream=stream)
        assert (refused.value.code, refused.value.param) == ("model_not_found", "model")


async def test_images_are_refused_in_words(ai: AsyncOpenAI) -> None:
    image: Any = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    with pytest.raises(openai.BadRequestError, match="only text is understood") as refused:
        await ai.chat.completions.create(
            model="helpdesk", messages=[{"role": "user", "content": [image]}]
        )
    assert refused.value.param == "messages.0.content.0"
    assert refused.value.type == "invalid_request_error"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_model_that_refuses_is_a_failure_with_a_status(
    ai: AsyncOpenAI, stream: bool
) -> None:
    with pytest.raises(openai.InternalServerError) as failed:
        await ai.chat.completions.create(
            model="helpdesk", messages=[_user("[[status=401]]")], stream=stream
        )
    assert (failed.value.status_code, failed.value.code) == (503, "model_unavailable")


async def test_a_model_that_breaks_off_is_an_error_in_the_stream(ai: AsyncOpenAI) -> None:
    stream = await ai.chat.completions.create(
        model="helpdesk", messages=[_user("[[drop_after=2]]")], stream=True
    )
    with pytest.raises(openai.APIError) as failed:
        async for _ in stream:
            pass
    assert failed.value.code == "model_unavailable"


async def test_an_answer_without_a_word_is_an_error(ai: AsyncOpenAI) -> None:
    silent = [_user("[[empty=1]]")]
    with pytest.raises(openai.APIError, match="without a word"):
        await ai.chat.completions.create(model="helpdesk", messages=silent)
    stream = await ai.chat.completions.create(model="helpdesk", messages=silent, stream=True)
    with pytest.raises(openai.APIError, match="without a word"):
        [chunk async for chunk in stream]


BAD: dict[str, Any] = {
    "not JSON": b"{",
    "not UTF-8": b"\xff\xfe{}",
    "an array": [],
    "no messages": {"model": "helpdesk"},
    "empty messages": {"model": "helpdesk", "messages": []},
    "a role that is none": {"model": "helpdesk", "messages": [{"role": "me", "content": "x"}]},
    "a result without its call": {
        "model": "helpdesk",
        "messages": [{"role": "tool", "content": "x"}],
    },
    "two answers": {"model": "helpdesk", "messages": [_user("x")], "n": 2},
    "a form": {
        "model": "helpdesk",
        "messages": [_user("x")],
        "response_format": {"type": "json_object"},
    },
    "half a character": {"model": "helpdesk", "messages": [_user("\ud800")]},
    "a hot temperature": {"model": "helpdesk", "messages": [_user("x")], "temperature": 9},
    "a tool without a name": {
        "model": "helpdesk",
        "messages": [_user("x")],
        "tools": [{"type": "function", "function": {}}],
    },
    "half a character in a tool": {
        "model": "helpdesk",
        "messages": [_user("x")],
        "tools": [{"type": "function", "function": {"name": "a", "description": "\ud800"}}],
    },
    "no number in a tool": {
        "model": "helpdesk",
        "messages": [_user("x")],
        "tools": [{"type": "function", "function": {"name": "a", "limit": float("nan")}}],
    },
    "deep": b"[" * 100_000,
    "a choice of nothing": {
        "model": "helpdesk",
        "messages": [_user("x")],
        "tools": [TOOL],
        "tool_choice": {"type": "function"},
    },
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_request_is_refused_in_openais_shape(
    client: httpx.AsyncClient, name: str
) -> None:
    body = BAD[name] if isinstance(BAD[name], bytes) else json.dumps(BAD[name]).encode()
    headers = {"Content-Type": "application/json"}
    answer = await client.post("/v1/chat/completions", content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (set(error), error["type"]) == (
        {"message", "type", "code", "param"},
        "invalid_request_error",
    )


async def test_a_reader_that_goes_ends_the_completion(
    ai: AsyncOpenAI, model: ScriptedModel
) -> None:
    before = model.abandoned
    stream = await ai.chat.completions.create(
        model="helpdesk", messages=[_user("[[tokens=9 pace_ms=300]]")], stream=True
    )
    await anext(aiter(stream))
    await stream.close()
    await wait_until(lambda: model.abandoned > before, "the model was left")
