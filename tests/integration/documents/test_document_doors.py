"""Documents over HTTP: taken in, listed, found, read, taken away."""

from typing import Any

import httpx

from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.model import new_session
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore

LEASE = """# Lease

## Rent
The rent is 740 euro a month. It is due on the third working day.

## Keys
The tenant is given two keys for the front door and one for the cellar.

## Pets
Small animals are allowed. Dogs need the consent of the landlord.
"""


async def upload(
    client: httpx.AsyncClient, name: str, data: bytes | str, session: str = "demo", **query: Any
) -> httpx.Response:
    return await client.post(
        f"/v1/sessions/{session}/documents", files={"file": (name, data)}, params=query
    )


async def test_a_document_is_taken_in_listed_found_read_and_taken_away(client: httpx.AsyncClient):
    answer = await upload(client, "lease.md", LEASE)
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert {k: document[k] for k in ("name", "chunks", "bytes", "status", "done", "total")} == {
        "name": "lease.md",
        "chunks": 3,
        "bytes": len(LEASE),
        "status": "ready",
        "done": 3,
        "total": 3,
    }
    listed = (await client.get("/v1/sessions/demo/documents")).json()["items"]
    assert listed == [document]
    for path in ("/v1/sessions/demo/documents/search", "/v1/documents/search"):
        found = await client.get(path, params={"q": "How many keys do I get?", "k": 1})
        (passage,) = found.json()["items"]
        assert passage["doc_id"] == document["id"]
        assert passage["name"] == "lease.md"
        assert passage["chunk"] == 1
        assert "two keys" in passage["text"]
        assert passage["place"] == {"heading": "Lease > Keys", "line": 7}
        assert passage["score"] > 0
    whole = (await client.get(f"/v1/documents/{document['id']}")).json()
    assert [item["chunk"] for item in whole["items"]] == [0, 1, 2]
    assert "740 euro" in whole["text"]
    gone = await client.delete(f"/v1/sessions/demo/documents/{document['id']}")
    assert gone.status_code == 204
    assert (await client.get("/v1/sessions/demo/documents")).json() == {"items": []}
    assert (await client.get(f"/v1/documents/{document['id']}")).status_code == 404
    again = await client.delete(f"/v1/sessions/demo/documents/{document['id']}")
    assert again.status_code == 404


async def test_conversations_do_not_see_each_other_s_documents(client: httpx.AsyncClient):
    await upload(client, "lease.md", LEASE, session="mine")
    await upload(client, "menu.txt", "Soup of the day: tomato.", session="yours")
    found = await client.get("/v1/sessions/yours/documents/search", params={"q": "keys soup"})
    assert {item["name"] for item in found.json()["items"]} == {"menu.txt"}


async def test_nothing_is_left_of_a_document_that_was_taken_away(
    client: httpx.AsyncClient, redis: Redis
):
    document = (await upload(client, "lease.md", LEASE)).json()
    await client.delete(f"/v1/sessions/demo/documents/{document['id']}")
    assert await redis.keys("*") == []


async def test_a_page_uploads_and_lists_by_its_token(
    client: httpx.AsyncClient, redis: Redis, keys: Keys
):
    session = await SessionStore(redis, keys).create(
        new_session(
            session_id=new_id("ses"),
            principal=LOCAL,
            scenario="helpdesk",
            title="",
            model="openai:scripted",
            inputs={},
        )
    )
    slot = await SlotStore(redis, keys).open(session.id)
    headers = {"Authorization": f"Bearer {slot.token}"}
    path = "/internal/page/documents"
    answer = await client.post(
        path, files={"file": ("a.txt", "hi")}, headers=headers, params={"wait": 30}
    )
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert (await client.get(path, headers=headers)).json()["items"] == [document]
    of_session = await client.get(f"/v1/sessions/{session.id}/documents")
    assert of_session.json()["items"] == [document]
    assert (await client.delete(f"{path}/{document['id']}", headers=headers)).status_code == 204
    assert (await client.get(path)).status_code == 401


async def test_a_document_over_the_limit_is_too_large(client: httpx.AsyncClient):
    limit = 20 * 1024 * 1024
    for size in (limit + 1, limit + 100_000):
        answer = await upload(client, "big.txt", b"x" * size)
        assert answer.status_code == 413
        assert answer.json()["code"] == "too_large"
    other = await client.post("/v1/chat", content=b"x" * (3 * 1024 * 1024))
    assert other.status_code == 413


async def test_bad_requests_are_told_which_field(client: httpx.AsyncClient):
    assert (await client.post("/v1/sessions/demo/documents")).json()["code"] == "invalid_request"
    nameless = await upload(client, " ", "hi")
    assert nameless.status_code == 422
    assert (await upload(client, "a.txt", "hi", session="no name")).status_code == 422
    assert (await client.get("/v1/documents/search")).status_code == 422
    assert (await client.get("/v1/documents/doc-nothing")).status_code == 404
