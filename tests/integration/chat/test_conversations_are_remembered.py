"""What a model is told of a long conversation: by two replicas, of which neither saw all of it."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from playground.keys import Keys
from playground.redis_connection import Redis
from tests.support.chat_backend import running_backend
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until

ROOM = 600
LONG = "The parcel went to Oslo. " * 20


@pytest.fixture(scope="module")
def urls(
    redis_server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    """Two replicas."""
    folder = tmp_path_factory.mktemp("scenarios")
    with (
        running_backend(redis_server_url, model.url, folder, history_tokens=ROOM) as one,
        running_backend(redis_server_url, model.url, folder, history_tokens=ROOM) as other,
    ):
        yield [one, other]


@pytest.fixture
async def replicas(urls: list[str], redis_url: str) -> AsyncIterator[list[httpx.AsyncClient]]:
    made = [httpx.AsyncClient(base_url=url, timeout=20) for url in urls]
    yield made
    for client in made:
        await client.aclose()


async def _asked(client: httpx.AsyncClient, text: str, name: str = "long") -> str:
    answer = await client.post("/v1/chat", json={"session_id": name, "input": text})
    assert answer.status_code == 200, answer.text
    return answer.json()["text"]


async def test_older_turns_are_summed_up_once_and_the_newest_stay_as_they_were(
    replicas: list[httpx.AsyncClient], model: ScriptedModel, redis: Redis, keys: Keys
) -> None:
    for number in range(4):
        await _asked(replicas[number % 2], f"{number}: {LONG}")
    summary = keys.conversation_summary("long")
    await wait_until(lambda: redis.exists(summary), "the older turns are summed up")
    assert 0 < await redis.ttl(summary) <= 30 * 86_400

    for client in replicas:
        told = await _asked(client, "[[say=system]]And now?")
        assert "<earlier_conversation>" in told
        assert "w0 w1 w2" in told  # the scripted model's summary
    asked = [r for r in model.requests if str(r["messages"][-1]["content"]).endswith("And now?")]
    read = " ".join(str(message["content"]) for message in asked[-1]["messages"])
    assert "0: The parcel" not in read
    assert len(read.encode()) // 3 < ROOM + 100

    summed = [r for r in model.requests if "keep the memory" in str(r["messages"][0]["content"])]
    covered = [str(request["messages"][1]["content"]).count("human: 0: ") for request in summed]
    assert sum(covered) == 1, "the first turn was summed up once"


async def test_a_conversation_that_fits_is_left_as_it_is(
    replicas: list[httpx.AsyncClient], redis: Redis, keys: Keys
) -> None:
    await _asked(replicas[0], "My name is Ada.", "short")
    assert "user:15" in await _asked(replicas[1], "[[say=history]]", "short")
    assert not await redis.exists(keys.conversation_summary("short"))


async def test_the_question_and_the_latest_turn_are_always_told(
    replicas: list[httpx.AsyncClient], model: ScriptedModel
) -> None:
    await _asked(replicas[0], "begin " + LONG * 20 + " end")
    await _asked(replicas[1], "[[tokens=1]]" + "What did I say? " * 30)
    told = [[str(message["content"]) for message in r["messages"]] for r in model.requests]
    [read] = [texts for texts in told if texts[-1].startswith("[[tokens=1]]What did I say?")]
    assert [text[:6] for text in read[1:3]] == ["begin ", "w0 w1 "]
    assert read[1].endswith(" end")
