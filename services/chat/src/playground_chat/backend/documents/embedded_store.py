"""A vector store for any Redis: vectors in a hash a document, compared one by one by numpy.

At the size of one conversation's documents that takes a millisecond. What has been read from Redis
is kept in memory as long as it is asked for; two processes share what Redis holds.
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from numpy.typing import NDArray
from redis import Redis

from playground.keys import Keys

_KEPT_BYTES = 64 * 1024**2
Vector = NDArray[np.float32]


@dataclass(frozen=True)
class _Kept:
    """One document's chunks, as many as there were when they were read."""

    chunks: Sequence[Document]
    vectors: Vector


class EmbeddedVectorStore(VectorStore):
    """LangChain's interface. An id is ``<document>:<number>``; a filter is a list of documents.

    Scores are cosine distances, as those of RedisVectorStore: the smaller, the closer.
    """

    def __init__(
        self, redis: Redis, keys: Keys, embeddings: Embeddings, *, space: str, ttl: int
    ) -> None:
        self._redis: Any = redis  # of redis-py's own types, those of bytes are not usable
        self._keys = keys
        self._embeddings = embeddings
        self._space = space
        self._ttl = ttl
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def embeddings(self) -> Embeddings:
        """By which texts and questions are embedded."""
        return self._embeddings

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **_: Any,
    ) -> list[str]:
        """Embed and keep *texts*; every one needs its id."""
        wanted, named = list(texts), ids or []
        if len(named) != len(wanted):
            raise ValueError("every text needs an id")
        about = metadatas or [dict[str, Any]() for _ in wanted]
        vectors = self._embeddings.embed_documents(wanted)
        pipe = self._redis.pipeline(transaction=True)
        for one, text, more, vector in zip(named, wanted, about, vectors, strict=True):
            packed = np.asarray(vector, dtype=np.float32)
            told = json.dumps({"text": text, "metadata": more})
            field = packed.size.to_bytes(4, "little") + packed.tobytes() + told.encode()
            pipe.hset(self._key(_document_of(one)), one, field)
        for document in {_document_of(one) for one in named}:
            pipe.expire(self._key(document), self._ttl)
        pipe.execute()
        return named

    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: Sequence[str] = (), **_: Any
    ) -> list[tuple[Document, float]]:
        """The closest chunks of the documents *filter*, each with its distance."""
        return self._closest(self._embeddings.embed_query(query), k, filter)

    def similarity_search(
        self, query: str, k: int = 4, filter: Sequence[str] = (), **_: Any
    ) -> list[Document]:
        """The closest chunks of the documents *filter*."""
        return [found for found, _ in self.similarity_search_with_score(query, k, filter)]

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, filter: Sequence[str] = (), **_: Any
    ) -> list[Document]:
        """The closest chunks of the documents *filter*."""
        return [found for found, _ in self._closest(embedding, k, filter)]

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The chunks of those ids that there are."""
        found = [self._redis.hget(self._key(_document_of(one)), one) for one in ids]
        return [_unpacked(one, f)[0] for one, f in zip(ids, found, strict=True) if f]

    def delete(self, ids: list[str] | None = None, **_: Any) -> bool | None:
        """Forget the chunks of those ids."""
        for one in ids or []:
            self._redis.hdel(self._key(_document_of(one)), one)
        return True

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> "EmbeddedVectorStore":
        """A store that holds *texts*; *kwargs* are those of the constructor."""
        store = cls(embeddings=embedding, **kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def _closest(
        self, vector: Sequence[float], k: int, documents: Sequence[str]
    ) -> list[tuple[Document, float]]:
        asked = np.asarray(vector, dtype=np.float32)
        asked /= np.linalg.norm(asked) or 1.0
        found: list[tuple[Document, float]] = []
        for document in documents:
            kept = self._of(document)
            distances = 1.0 - kept.vectors @ asked if kept.chunks else np.empty(0)
            best: list[int] = np.argsort(distances)[:k].tolist()
            found.extend((kept.chunks[i], float(distances[i])) for i in best)
        return sorted(found, key=lambda pair: pair[1])[:k]

    def _of(self, document: str) -> _Kept:
        """A document's chunks: those in memory, if Redis has no more and no fewer."""
        count = self._redis.hlen(self._key(document))
        with self._lock:
            kept = self._kept.get(document)
            if kept is not None and len(kept.chunks) == count:
                self._kept.move_to_end(document)
                return kept
        read = self._read(document)
        with self._lock:
            self._kept[document] = read
            while len(self._kept) > 1 and self._size() > _KEPT_BYTES:
                self._kept.popitem(last=False)
        return read

    def _read(self, document: str) -> _Kept:
        fields: dict[bytes, bytes] = self._redis.hgetall(self._key(document))
        pairs = [_unpacked(one.decode(), field) for one, field in fields.items()]
        vectors = np.stack([v for _, v in pairs]) if pairs else np.empty((0, 0), np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return _Kept([chunk for chunk, _ in pairs], vectors)

    def _size(self) -> int:
        return sum(2 * kept.vectors.nbytes for kept in self._kept.values())

    def _key(self, document: str) -> str:
        return self._keys.document_vectors(document, self._space)


def _document_of(one: str) -> str:
    return one.rpartition(":")[0]


def _unpacked(one: str, field: bytes) -> tuple[Document, Vector]:
    end = 4 + 4 * int.from_bytes(field[:4], "little")
    told = json.loads(field[end:])
    vector = np.frombuffer(field[4:end], dtype=np.float32)
    return Document(page_content=told["text"], metadata=told["metadata"], id=one), vector
