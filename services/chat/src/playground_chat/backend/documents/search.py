"""Finding the passages of documents that speak of a question: by their words and their meaning."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from playground.documents.model import Chunk, Document
from playground.documents.shelf import Shelf
from playground.errors import PlaygroundError
from playground_chat.backend.documents.fusion import fused
from playground_chat.backend.documents.lexicon import Lexicon
from playground_chat.backend.documents.metrics import DocumentMetrics
from playground_chat.backend.documents.vectors import Vectors

log = logging.getLogger(__name__)

CANDIDATES = 50
"""As many of each ranking are weighed against each other."""
_KEPT_CHUNKS = 50_000
"""Of which the words are kept in memory, for the documents that were asked last."""

_Name = tuple[str, int]
"""A chunk: its document's id and its number."""


@dataclass(frozen=True)
class Passage:
    """A chunk that was found, and how well it fits: at most 1, the best of both rankings."""

    document: Document
    chunk: Chunk
    score: float

    def public(self) -> dict[str, Any]:
        """The passage as search doors show it."""
        found = {"doc_id": self.document.id, "name": self.document.name}
        return {**found, **self.chunk.public(), "score": round(self.score, 4)}


@dataclass(frozen=True)
class _Texts:
    """The chunks of some documents, and their words."""

    chunks: Sequence[tuple[Document, Chunk]]
    lexicon: Lexicon
    places: Mapping[_Name, int]


class DocumentSearch:
    """Finds passages. Methods may raise redis-py's errors."""

    def __init__(self, shelf: Shelf, vectors: Vectors, metrics: DocumentMetrics) -> None:
        self._shelf = shelf
        self._vectors = vectors
        self._metrics = metrics
        self._kept: OrderedDict[tuple[str, ...], _Texts] = OrderedDict()

    async def find(self, question: str, documents: Sequence[Document], k: int) -> list[Passage]:
        """The *k* best passages of *documents*, the best first."""
        documents = [document for document in documents if document.chunks]
        if not documents:
            return []
        with self._metrics.search.time():
            texts, meant = await asyncio.gather(
                self._texts(documents), self._by_meaning(question, documents)
            )
            worded = await asyncio.to_thread(texts.lexicon.search, question, CANDIDATES)
        by_words = dict(worded)
        by_meaning = {texts.places[name]: s for name, s in meant.items() if name in texts.places}
        best = fused(by_meaning, by_words)[:k]
        return [Passage(*texts.chunks[place], score) for place, score in best]

    async def _by_meaning(self, question: str, documents: Sequence[Document]) -> dict[_Name, float]:
        """The closest chunks; none where the embedding model does not answer: words must do."""
        try:
            found = await self._vectors.closest(question, documents, CANDIDATES)
        except (PlaygroundError, RedisError) as error:
            log.warning("documents are searched by their words alone: %s", error)
            return {}
        return {(document, number): score for document, number, score in found}

    async def _texts(self, documents: Sequence[Document]) -> _Texts:
        """A document that has been read never changes, so what is kept of it stays true."""
        key = tuple(document.id for document in documents)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        chunks = [(d, c) for d in documents for c in await self._shelf.chunks(d.id)]
        lexicon = await asyncio.to_thread(Lexicon, [_words_of(chunk) for _, chunk in chunks])
        places = {(d.id, c.number): place for place, (d, c) in enumerate(chunks)}
        made = self._kept[key] = _Texts(chunks, lexicon, places)
        while len(self._kept) > 1 and self._size() > _KEPT_CHUNKS:
            self._kept.popitem(last=False)
        return made

    def _size(self) -> int:
        return sum(len(texts.chunks) for texts in self._kept.values())


def _words_of(chunk: Chunk) -> str:
    return f"{chunk.place.heading or ''}\n{chunk.text}"
