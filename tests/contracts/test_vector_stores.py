"""Every vector store of documents does the same behind LangChain's interface."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from langchain_core.embeddings import Embeddings

from playground.keys import Keys
from playground.settings import StoreSettings
from playground_chat.backend.documents.stores import OpenStore, has_search, open_store
from tests.support.leaks import leaked_keys

WORDS = ("rent", "key", "dog", "garden")


class EmbeddingsByCounting(Embeddings):
    """A text's vector tells how often it has each of four words."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[0.1 + text.count(word) for word in WORDS] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


@pytest.fixture(params=["without search", "with search"])
def server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    name = "search_server_url" if request.param == "with search" else "redis_server_url"
    url: str = request.getfixturevalue(name)
    with redis.Redis.from_url(url) as client:
        client.flushall()
        assert has_search(client) == (request.param == "with search")
        yield url
        assert leaked_keys(client) == []
        client.flushall()


def opened(url: str) -> OpenStore:
    return open_store(StoreSettings(redis_url=url), EmbeddingsByCounting(), "counting")


@pytest.fixture
def store(server_url: str) -> OpenStore:
    made = opened(server_url)
    add(made, "doc-one", "the rent is due", "a key to the garden", "no dog in the garden")
    add(made, "doc-two", "dog dog dog", "rent and key")
    return made


def add(made: OpenStore, document: str, *texts: str) -> None:
    made.store.add_texts(
        list(texts),
        [{"document": document, "chunk": number} for number in range(len(texts))],
        ids=[f"{document}:{number}" for number in range(len(texts))],
    )


def found(made: OpenStore, question: str, *documents: str, k: int = 5) -> list[tuple[str, int]]:
    search: Any = made.store.similarity_search_with_score
    pairs = search(question, k, filter=made.only(documents))
    return [(str(d.metadata["document"]), int(d.metadata["chunk"])) for d, _ in pairs]


def test_the_closest_come_first_and_of_the_named_documents_alone(store: OpenStore):
    assert found(store, "dog", "doc-one", "doc-two", k=2) == [("doc-two", 0), ("doc-one", 2)]
    assert found(store, "dog", "doc-one", k=1) == [("doc-one", 2)]
    assert len(found(store, "dog", "doc-one")) == 3
    assert found(store, "dog", "doc-three") == []


def test_scores_are_cosine_distances(store: OpenStore):
    search: Any = store.store.similarity_search_with_score
    ((_, distance),) = search("dog dog dog", 1, filter=store.only(["doc-two"]))
    assert distance == pytest.approx(0.0, abs=1e-5)
    ((chunk, distance),) = search("rent", 1, filter=store.only(["doc-one"]))
    assert chunk.page_content == "the rent is due"
    assert 0 <= distance < 0.01


def test_what_is_added_later_is_found_and_what_is_deleted_is_not(store: OpenStore):
    assert found(store, "garden garden", "doc-two", k=1) == [("doc-two", 1)]
    store.store.add_texts(
        ["garden garden"], [{"document": "doc-two", "chunk": 2}], ids=["doc-two:2"]
    )
    assert found(store, "garden garden", "doc-two", k=1) == [("doc-two", 2)]
    store.store.delete(["doc-two:2"])
    assert ("doc-two", 2) not in found(store, "garden garden", "doc-two")


def test_another_process_finds_the_same(store: OpenStore, server_url: str):
    asked = ("key", "doc-one", "doc-two")
    assert found(opened(server_url), *asked) == found(store, *asked)


def test_chunks_are_kept_under_the_keys_that_a_purge_deletes(store: OpenStore, server_url: str):
    keys = Keys("default")
    with redis.Redis.from_url(server_url) as client:
        client.delete(keys.document_vectors("doc-one", "counting"))
        client.delete(*(keys.indexed_chunk("counting", "doc-one", n) for n in range(3)))
        assert list(client.keys("*doc-one*")) == []
    assert found(store, "dog", "doc-one") == []


def test_two_embedding_models_do_not_meet(store: OpenStore, server_url: str):
    other = open_store(StoreSettings(redis_url=server_url), EmbeddingsByCounting(), "other")
    assert found(other, "dog", "doc-one", "doc-two") == []
    assert found(store, "dog", "doc-two", k=1) == [("doc-two", 0)]


def test_a_chunk_is_got_by_its_id(store: OpenStore, tmp_path: Path):
    (chunk,) = store.store.get_by_ids(["doc-one:1"])
    assert chunk.page_content == "a key to the garden"
