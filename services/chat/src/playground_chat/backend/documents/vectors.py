"""The chunks' vectors as the room uses them: made off the event loop, one batch after the other."""

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from langchain_core.embeddings import Embeddings
from redis.exceptions import RedisError

from playground.documents.model import Chunk, Document
from playground.errors import ModelUnavailable, PlaygroundError
from playground.settings import StoreSettings
from playground_chat.backend.documents.embedding import embeddings_of, space_of
from playground_chat.backend.documents.stores import OpenStore, open_store
from playground_chat.backend.settings import ChatSettings

log = logging.getLogger(__name__)

_BATCH = 16


class Vectors:
    """Gives chunks their vectors, and finds chunks by them. The model is loaded when it is used."""

    def __init__(self, settings: ChatSettings, store: StoreSettings) -> None:
        self._settings = settings
        self._store_settings = store
        self.space = space_of(settings.embedding_model)
        self._embeddings: Embeddings | None = None
        self._loading = threading.Lock()
        self._opening: asyncio.Task[OpenStore] | None = None
        self._embedding = asyncio.Semaphore(1)

    async def add(self, document: Document, chunks: Sequence[Chunk]) -> AsyncGenerator[int]:
        """Embed the chunks from `document.done` on; gives how many are done, batch by batch.

        Raises ModelUnavailable.
        """
        opened = await self.opened()
        for start in range(document.done, len(chunks), _BATCH):
            batch = chunks[start : start + _BATCH]
            async with self._embedding:
                await self._asked(
                    opened.store.add_texts,
                    [_embedded_text(chunk) for chunk in batch],
                    [{"document": document.id, "chunk": chunk.number} for chunk in batch],
                    ids=[f"{document.id}:{chunk.number}" for chunk in batch],
                )
            yield start + len(batch)

    async def closest(
        self, question: str, documents: Sequence[Document], k: int
    ) -> list[tuple[str, int, float]]:
        """Document, number and cosine similarity of the closest chunks. Raises ModelUnavailable."""
        ids = [document.id for document in documents if document.space == self.space]
        if not ids:
            return []
        opened = await self.opened()
        search: Any = opened.store.similarity_search_with_score
        found = await self._asked(search, question, k, filter=opened.only(ids))
        return [
            (str(chunk.metadata["document"]), int(chunk.metadata["chunk"]), 1.0 - float(distance))
            for chunk, distance in found
        ]

    async def forget(self, document: Document) -> None:
        """Drop the chunks of a document that went while it was being embedded."""
        if document.chunks:
            opened = await self.opened()
            ids = [f"{document.id}:{number}" for number in range(document.chunks)]
            await self._asked(opened.store.delete, ids)

    async def opened(self) -> OpenStore:
        """The store with its model. A failure is not kept: the next caller tries anew."""
        if self._opening is None or (self._opening.done() and self._opening.exception()):
            work = asyncio.to_thread(self._open)
            self._opening = asyncio.create_task(work, name="embedding model")
        return await asyncio.shield(self._opening)

    def embeddings(self) -> Embeddings:
        """The embedding model, from any thread. Takes its time once. Raises ModelUnavailable."""
        with self._loading:
            if self._embeddings is None:
                self._embeddings = embeddings_of(self._settings)
            return self._embeddings

    def _open(self) -> OpenStore:
        return open_store(self._store_settings, self.embeddings(), self.space)

    async def _asked(self, ask: Any, *arguments: Any, **named: Any) -> Any:
        """What *ask* gives in a thread. Raises ModelUnavailable for whatever a provider raises."""
        try:
            return await asyncio.to_thread(ask, *arguments, **named)
        except Exception as error:
            # The index may have gone with the server's data: the next caller opens it anew.
            self._opening = None
            if isinstance(error, RedisError | PlaygroundError):
                raise
            log.warning("vectors: %s: %s", type(error).__name__, str(error)[:200])
            raise ModelUnavailable("Embedding or its store failed; see the log.") from error


def _embedded_text(chunk: Chunk) -> str:
    """What is embedded of a chunk: a passage alone may not name what it is about."""
    return f"{chunk.place.heading}\n{chunk.text}" if chunk.place.heading else chunk.text
