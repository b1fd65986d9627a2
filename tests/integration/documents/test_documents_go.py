"""What is kept of documents goes with their conversations, in both stores of vectors."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import redis as sync_redis

from playground.documents.shelf import Shelf
from playground.keys import Keys
from playground.redis_connection import Redis, connection
from tests.integration.documents.test_document_doors import LEASE, upload
from tests.support.chat_backend import running_backend
from tests.support.leaks import leaked_keys
from tests.support.scripted_model import ScriptedModel
from tests.support.waiting import wait_until

DAY_S = 86_400
MEANT = {"q": "May I keep a puppy?", "k": 1}
SEVERAL_BATCHES = "\n\n".join(f"## Clause {n}\nItem {n} costs {n} euro." for n in range(1_500))


@pytest.fixture(scope="module", params=["without search", "with search"])
def server_url(request: pytest.FixtureRequest) -> str:
    name = "search_server_url" if request.param == "with search" else "redis_server_url"
    return request.getfixturevalue(name)


@pytest.fixture(scope="module")
def backend_url(
    server_url: str, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with running_backend(server_url, model.url, tmp_path_factory.mktemp("scenarios")) as url:
        yield url


@pytest.fixture
def redis_url(server_url: str) -> Iterator[str]:
    with sync_redis.Redis.from_url(server_url) as client:
        client.flushall()
        yield server_url
        leaked = leaked_keys(client)
        client.flushall()
    assert leaked == []


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with connection(redis_url) as client:
        yield client


@pytest.fixture
def shelf(redis: Redis, keys: Keys) -> Shelf:
    return Shelf(redis, keys)


async def found(client: httpx.AsyncClient, session: str) -> list[str]:
    answer = await client.get(f"/v1/sessions/{session}/documents/search", params=MEANT)
    return [passage["text"] for passage in answer.json()["items"]]


async def test_nothing_is_left_when_the_last_conversation_that_reads_a_document_goes(
    client: httpx.AsyncClient, shelf: Shelf, redis: Redis
):
    await upload(client, "lease.md", LEASE, session="first")
    await shelf.share("first", "fork")
    await shelf.forget("first")
    assert (await client.get("/v1/sessions/first/documents")).json() == {"items": []}
    assert await found(client, "first") == []
    (passage,) = await found(client, "fork")
    assert "Dogs need" in passage
    await shelf.forget("fork")
    assert await redis.keys("*") == []


async def test_all_that_is_kept_ends_and_a_turn_renews_it(
    client: httpx.AsyncClient, redis: Redis, keys: Keys
):
    document = (await upload(client, "lease.md", LEASE, session="demo")).json()
    kept = await redis.keys("*")
    assert len([key for key in kept if document["id"] in key]) >= 4
    for key in kept:
        assert 29 * DAY_S < await redis.ttl(key) <= 30 * DAY_S
        await redis.expire(key, 20 * DAY_S)
    asked = {"session_id": "demo", "input": "Dogs?"}
    assert (await client.post("/v1/chat", json=asked)).status_code == 200
    assert [key for key in kept if await redis.ttl(key) <= 20 * DAY_S] == []


async def test_retention_of_a_single_day_is_renewed_too(
    client: httpx.AsyncClient, redis: Redis, keys: Keys
):
    document = (await upload(client, "lease.md", LEASE, session="demo")).json()
    short = Shelf(redis, keys, retention_s=DAY_S)
    await redis.expire(keys.document(document["id"]), DAY_S // 2)
    await short.renew("demo", await short.of_conversation("demo"))
    assert await redis.ttl(keys.document(document["id"])) > DAY_S - 100


async def test_a_document_that_is_taken_away_while_it_is_embedded_leaves_nothing(
    client: httpx.AsyncClient, redis: Redis
):
    document = (await upload(client, "long.md", SEVERAL_BATCHES, wait=0)).json()

    async def is_embedded_in_part() -> bool:
        (listed,) = (await client.get("/v1/sessions/demo/documents")).json()["items"]
        return listed["status"] == "embedding" and listed["done"] > 0

    await wait_until(is_embedded_in_part, "the first chunks to be embedded")
    path = f"/v1/sessions/demo/documents/{document['id']}"
    assert (await client.delete(path)).status_code == 204

    async def is_clean() -> bool:
        return await redis.keys("*") == []

    await wait_until(is_clean, "everything to be forgotten")


async def test_meaning_is_searched_again_after_the_server_has_lost_everything(
    client: httpx.AsyncClient, redis: Redis
):
    await upload(client, "lease.md", LEASE, session="demo")
    await redis.flushall()
    await upload(client, "lease.md", LEASE, session="demo")

    async def is_found() -> bool:
        return any("Dogs need" in text for text in await found(client, "demo"))

    await wait_until(is_found, "the passage to be found by its meaning")
