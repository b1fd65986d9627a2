"""The agent over real HTTP: a scripted model that calls tools of a real MCP server."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.support.chat_backend import Event, all_events, running_backend, said
from tests.support.scripted_model import ScriptedModel
from tests.support.tool_server import RunningTools, running_tools

AGENT = "/v1/agent/chat/stream"


@pytest.fixture(scope="module")
def tools() -> Iterator[RunningTools]:
    with running_tools() as running:
        yield running


@pytest.fixture(scope="module")
def backend_url(
    redis_server_url: str,
    model: ScriptedModel,
    tools: RunningTools,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scenarios")
    with running_backend(
        redis_server_url,
        model.url,
        folder,
        use_mcp_in_chat=True,
        mcp_server_url=tools.url,
        tool_timeout_s=1.5,
        tool_rounds=3,
        tool_result_chars=1_000,
        tool_commands=True,
    ) as url:
        yield url


@pytest.fixture
async def client(backend_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=backend_url, timeout=20) as made:
        yield made


async def asked(client: httpx.AsyncClient, text: str, *, path: str = AGENT) -> list[Event]:
    return await all_events(client, "POST", path, json={"session_id": "demo", "input": text})


async def _answer(client: httpx.AsyncClient) -> dict[str, Any]:
    """The last message of the conversation."""
    kept = (await client.get("/v1/sessions/demo/messages")).json()["items"]
    return kept[-1]


@pytest.mark.parametrize("path", [AGENT, "/v1/chat/stream"])
async def test_a_tool_is_called_shown_and_remembered(
    client: httpx.AsyncClient, model: ScriptedModel, path: str
) -> None:
    stream = await asked(client, '[[call=add args={"a":2,"b":40} tokens=2]]', path=path)
    kinds = [event.kind for event in stream]
    assert kinds == ["token", "token", "tool_start", "tool_end", *["token"] * 3, "done"]
    assert stream[2].json() == {"id": "call-0-0", "name": "add", "args": {"a": 2, "b": 40}}
    ended = stream[3].json()
    assert (ended["id"], ended["name"], ended["result"]) == ("call-0-0", "add", "42")
    assert ended["ms"] > 0
    assert said(stream) == "w0 w1\n\ntools said: 42"
    (call,) = (await _answer(client))["tool_calls"]
    assert (call["args"], call["result"], call["at"]) == ({"a": 2, "b": 40}, "42", 5)

    await asked(client, "and now?")
    roles = [message["role"] for message in model.requests[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert model.requests[-1]["messages"][2]["tool_calls"][0]["id"] == "call-0-0"


async def test_tools_of_one_round_run_together_and_rounds_follow(
    client: httpx.AsyncClient,
) -> None:
    stream = await asked(client, '[[call=add args={"a":1,"b":1} calls=3 rounds=2 id=same]]')
    assert [e.kind for e in stream].count("tool_end") == 6
    calls = (await _answer(client))["tool_calls"]
    assert len({call["id"] for call in calls}) == 6
    assert [call["round"] for call in calls] == [1, 1, 1, 2, 2, 2]
    assert said(stream).endswith("2 | 2 | 2 | 2 | 2 | 2")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("call=fail", "the printer is on fire"),
        ("call=hang", r"did not answer within 1\.5 seconds"),
        ("call=nothing", "There is no tool 'nothing'"),
        ("call=control", "There is no tool 'control'"),
        ("call=liar", "There is no tool 'liar'"),
        ("call=add args=nonsense", "not valid JSON"),
        ('call=add args={"a":"x"}', "validation error"),
        # Whichever bound is met first: a busy server takes its time to write so much.
        ('call=big args={"characters":50000000}', r"broke off|did not answer within 1\.5"),
    ],
)
async def test_what_goes_wrong_is_told_to_the_model_and_to_the_reader(
    client: httpx.AsyncClient, script: str, words: str
) -> None:
    stream = await asked(client, f"[[{script}]]")
    (ended,) = (event.json() for event in stream if event.kind == "tool_end")
    assert ended["error"] is True
    assert re.search(words, ended["result"])
    assert re.search(words, said(stream))
    assert [e.kind for e in stream][-1] == "done"
    assert (await _answer(client))["status"] == "complete"
    (call,) = (await _answer(client))["tool_calls"]
    assert re.search(words, call["error"])


async def test_a_long_result_is_cut(client: httpx.AsyncClient) -> None:
    stream = await asked(client, '[[call=big args={"characters":5000}]]')
    (ended,) = (event.json() for event in stream if event.kind == "tool_end")
    assert ended["result"] == f"{'x' * 1_000}\n[cut: 5,000 characters in all]"


async def test_the_conversations_own_id_is_filled_in_and_not_asked_for(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    assert said(await asked(client, "[[call=whose]]")) == "tools said: demo"
    offered = {t["function"]["name"]: t["function"] for t in model.requests[-1]["tools"]}
    assert offered["whose"]["parameters"]["properties"] == {}
    assert set(offered) == {"add", "fail", "hang", "big", "whose", "variable"}


async def test_who_asks_for_tools_without_end_is_ended(client: httpx.AsyncClient) -> None:
    stream = await asked(client, '[[call=add args={"a":1,"b":1} rounds=99]]')
    ends = [event.json() for event in stream if event.kind == "tool_end"]
    assert [end.get("error", False) for end in ends] == [False, False, False, True]
    assert "No more tools" in ends[-1]["result"]
    (error,) = (event.json() for event in stream if event.kind == "error")
    assert error["code"] == "model_unavailable"
    assert [len((await _answer(client))[key]) for key in ("content", "tool_calls")] == [0, 4]


async def test_a_turn_that_is_cancelled_in_a_call_keeps_it(client: httpx.AsyncClient) -> None:
    question = {"session_id": "demo", "input": "[[call=hang tokens=1]]"}
    async with client.stream("POST", AGENT, json=question) as answer:
        async for line in answer.aiter_lines():
            if line == "event: tool_start":
                await client.post("/v1/sessions/demo/cancel")
    kept = await _answer(client)
    assert (kept["status"], kept["content"]) == ("cancelled", "w0")
    assert kept["tool_calls"][0]["name"] == "hang"
    assert said(await asked(client, "[[say=history]]")).startswith("system:")


async def test_a_model_that_takes_no_tools_is_asked_without(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    stream = await asked(client, "[[no_tools=1 tokens=1]]")
    warning, token, done = stream
    assert (warning.kind, token.kind, done.kind) == ("warning", "token", "done")
    assert "cannot use tools" in warning.json()["detail"]
    assert "tools" not in model.requests[-1]


async def test_the_gateways_turns_are_marked_with_its_door(client: httpx.AsyncClient) -> None:
    headers = {"X-Playground-Door": "mcp"}
    body = {"session_id": "demo", "input": "hi"}
    await client.post("/v1/chat", json=body, headers=headers)
    assert (await _answer(client))["door"] == "mcp"
