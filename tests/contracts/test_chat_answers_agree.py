"""One contract for every way to ask: the same words, the same record, the same refusals."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.support.chat_backend import all_events, running_backend, said
from tests.support.chat_socket import as_events, chat_socket
from tests.support.scripted_model import ScriptedModel, running_model


@dataclass(frozen=True)
class Answered:
    """What a client knows after a turn, whichever way it asked."""

    text: str
    code: str | None


Asks = Callable[[httpx.AsyncClient, str], Awaitable[Answered]]


async def _whole(client: httpx.AsyncClient, words: str) -> Answered:
    answer = await client.post("/v1/chat", json={"session_id": "demo", "input": words})
    body = answer.json()
    return Answered(body.get("text", ""), body.get("code"))


def _streamed(path: str, **more: object) -> Asks:
    async def ask(client: httpx.AsyncClient, words: str) -> Answered:
        asked = {"session_id": "demo", "input": words, **more}
        refused = await client.post(path, json=asked) if not words.strip() else None
        if refused is not None:
            return Answered("", refused.json()["code"])
        stream = await all_events(client, "POST", path, json=asked)
        errors = [event.json()["code"] for event in stream if event.kind == "error"]
        return Answered("" if errors else said(stream), errors[0] if errors else None)

    return ask


async def _over_a_socket(client: httpx.AsyncClient, words: str) -> Answered:
    async with chat_socket(str(client.base_url).rstrip("/")) as socket:
        await socket.ask("demo", words)
        heard = [await socket.next()]
        if "id" not in heard[0]:  # refused: no turn has begun
            return Answered("", heard[0]["data"]["code"])
        while heard[-1]["event"] != "done":
            heard.append(await socket.next())
    errors = [told["data"]["code"] for told in heard if told["event"] == "error"]
    return Answered("" if errors else said(as_events(heard)), errors[0] if errors else None)


async def _compared(client: httpx.AsyncClient, words: str) -> Answered:
    asked = {"input": words, "targets": [{"session_id": "demo"}]}
    if not words.strip():
        return Answered("", (await client.post("/v1/compare", json=asked)).json()["code"])
    stream = [e.json() for e in await all_events(client, "POST", "/v1/compare", json=asked)]
    errors = [told["problem"]["code"] for told in stream if "problem" in told]
    text = "".join(told.get("text", "") for told in stream)
    return Answered("" if errors else text, errors[0] if errors else None)


WAYS = {
    "chat": _whole,
    "chat with stream": _streamed("/v1/chat", stream=True),
    "chat/stream": _streamed("/v1/chat/stream"),
    "a socket": _over_a_socket,
    "compare": _compared,
}


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with running_model() as running:
        yield running


@pytest.fixture(scope="module")
def backend_url(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("scenarios")
    with running_backend(redis_server_url, model.url, folder) as url:
        yield url


@pytest.fixture
async def client(backend_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=backend_url, timeout=20) as made:
        yield made


@pytest.fixture(params=WAYS)
def ask(request: pytest.FixtureRequest) -> Asks:
    return WAYS[request.param]


async def test_the_answer_is_what_is_remembered(client: httpx.AsyncClient, ask: Asks) -> None:
    answered = await ask(client, "[[tokens=30]]")
    kept = (await client.get("/v1/sessions/demo/messages")).json()["items"]
    assert answered == Answered(" ".join(f"w{n}" for n in range(30)), None)
    assert [m["role"] for m in kept] == ["user", "assistant"]
    assert kept[1]["content"] == answered.text
    assert kept[1]["door"] == ("ws" if ask is _over_a_socket else "rest")
    assert kept[1]["usage"]["output_tokens"] == 30


async def test_the_model_is_given_what_was_said_before(
    client: httpx.AsyncClient, ask: Asks
) -> None:
    await ask(client, "[[tokens=2]]")
    second = await ask(client, "[[say=history]]")
    assert [part.partition(":")[0] for part in second.text.split()] == [
        "system",
        "user",
        "assistant",
        "user",
    ]


async def test_a_failure_has_the_same_code(client: httpx.AsyncClient, ask: Asks) -> None:
    assert await ask(client, "[[drop_after=2]]") == Answered("", "model_unavailable")
    kept = (await client.get("/v1/sessions/demo/messages")).json()["items"]
    assert (kept[-1]["status"], kept[-1]["content"]) == ("failed", "w0 w1")


async def test_an_empty_question_is_refused_before_anything_begins(
    client: httpx.AsyncClient, ask: Asks
) -> None:
    assert await ask(client, "  ") == Answered("", "invalid_request")
    assert (await client.get("/v1/sessions/demo/messages")).status_code == 404
