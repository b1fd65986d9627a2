"""`regenerate`: the last question is answered anew, and the new turn stands in the place of it."""

from typing import Any

import httpx
import pytest

from playground.conversation.log import ConversationLog
from playground.conversation.model import Door
from playground.errors import Conflict
from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.chat_backend import all_events, said
from tests.support.chat_socket import as_events, chat_socket
from tests.support.scripted_model import ScriptedModel


async def ask(client: httpx.AsyncClient, **asked: Any) -> httpx.Response:
    return await client.post("/v1/chat", json={"session_id": "demo", **asked})


async def messages(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    return (await client.get("/v1/sessions/demo/messages")).json()["items"]


async def test_the_new_turn_replaces_the_last_one_for_the_model_and_marks_it_for_readers(
    client: httpx.AsyncClient, model: ScriptedModel
) -> None:
    await ask(client, input="first [[tokens=1]]")
    await ask(client, input="second [[tokens=3]]")
    again = await ask(client, regenerate=True, temperature=0.1)
    assert again.status_code == 200
    asked = [m["content"] for m in model.requests[-1]["messages"] if m["role"] != "system"]
    assert asked == ["first [[tokens=1]]", "w0", "second [[tokens=3]]"]
    assert model.requests[-1]["temperature"] == 0.1
    found = await messages(client)
    assert len(found) == 6
    replaced, anew = found[2]["turn"], found[4]
    assert (anew["role"], anew["content"]) == ("user", "second [[tokens=3]]")
    assert anew["replaces"] == replaced
    assert [m.get("replaced_by") for m in found] == [None, None, *[anew["turn"]] * 2, None, None]
    await ask(client, input="third [[tokens=1]]")
    asked = [m["content"] for m in model.requests[-1]["messages"] if m["role"] == "user"]
    assert asked == ["first [[tokens=1]]", "second [[tokens=3]]", "third [[tokens=1]]"]


async def test_a_question_without_an_answer_gets_one(client: httpx.AsyncClient) -> None:
    failed = await ask(client, input="x [[status=400 times=1]]")
    assert failed.status_code >= 400
    again = await ask(client, regenerate=True)
    assert again.json()["text"].startswith("w0")
    question, anew, _ = await messages(client)
    assert (question["replaced_by"], anew["replaces"]) == (anew["turn"], question["turn"])


async def test_every_door_answers_anew(client: httpx.AsyncClient) -> None:
    await ask(client, input="one [[tokens=2]]")
    asked = {"session_id": "demo", "regenerate": True}
    assert said(await all_events(client, "POST", "/v1/chat/stream", json=asked)) == "w0 w1"
    async with chat_socket(str(client.base_url).rstrip("/")) as socket:
        await socket.send(**asked)
        assert said(as_events(await socket.until_done("demo"))) == "w0 w1"
    assert len([m for m in await messages(client) if "replaced_by" not in m]) == 2


@pytest.mark.parametrize(
    ("before", "asked", "status", "code"),
    [
        ([], {"regenerate": True}, 409, "conflict"),
        (["hi [[tokens=1]]"], {"regenerate": True, "input": "hi"}, 422, "invalid_request"),
        ([], {}, 422, "invalid_request"),
        ([], {"regenerate": "perhaps"}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_answered_anew_is_refused(
    client: httpx.AsyncClient, before: list[str], asked: dict[str, Any], status: int, code: str
) -> None:
    for words in before:
        await ask(client, input=words)
    refused = await ask(client, **asked)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_a_turn_that_is_not_the_last_one_any_more_is_not_replaced(
    redis: Redis, keys: Keys
) -> None:
    log = ConversationLog(redis, keys)

    async def turn(replaces: str | None = None) -> str:
        begun = await log.begin_turn("demo", text="why?", door=Door.REST, replaces=replaces)
        await log.end_turn("demo", begun.turn, message=None)
        return begun.turn

    first, last = await turn(), await turn()
    with pytest.raises(Conflict):
        await turn(replaces=first)
    await turn(replaces=last)
