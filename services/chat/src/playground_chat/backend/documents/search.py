"""Finding the passages of documents that speak of a question."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playground.documents.model import Chunk, Document
from playground.documents.shelf import Shelf
from playground_chat.backend.documents.lexicon import Lexicon
from playground_chat.backend.documents.metrics import DocumentMetrics

_KEPT_CHUNKS = 50_000
"""Of which the words are kept in memory, for the documents that were asked last."""


@dataclass(frozen=True)
class Passage:
    """A chunk that was found, and how well it fits: the best of a search has about 1."""

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


class DocumentSearch:
    """Finds passages. Methods may raise redis-py's errors."""

    def __init__(self, shelf: Shelf, metrics: DocumentMetrics) -> None:
        self._shelf = shelf
        self._metrics = metrics
        self._kept: OrderedDict[tuple[str, ...], _Texts] = OrderedDict()

    async def find(self, question: str, documents: Sequence[Document], k: int) -> list[Passage]:
        """The *k* best passages of *documents*, the best first."""
        documents = [document for document in documents if document.chunks]
        if not documents:
            return []
        with self._metrics.search.time():
            texts = await self._texts(documents)
            found = await asyncio.to_thread(texts.lexicon.search, question, k)
        best = found[0][1] if found else 1.0
        return [Passage(*texts.chunks[place], score / best) for place, score in found]

    async def _texts(self, documents: Sequence[Document]) -> _Texts:
        """A document that has been read never changes, so what is kept of it stays true."""
        key = tuple(document.id for document in documents)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        chunks = [(d, c) for d in documents for c in await self._shelf.chunks(d.id)]
        lexicon = await asyncio.to_thread(Lexicon, [chunk.text for _, chunk in chunks])
        self._kept[key] = _Texts(chunks, lexicon)
        while (
            len(self._kept) > 1 and sum(len(t.chunks) for t in self._kept.values()) > _KEPT_CHUNKS
        ):
            self._kept.popitem(last=False)
        return self._kept.get(key) or _Texts(chunks, lexicon)
