"""The documents' room as doors and turns use it, and how it is put together."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from playground.documents.model import Document
from playground.documents.shelf import DocumentNotFound, Shelf
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.store import SessionStore
from playground.settings import StoreSettings
from playground_chat.backend.documents.intake import Intake, IntakeLimits
from playground_chat.backend.documents.metrics import DocumentMetrics
from playground_chat.backend.documents.quotations import DocumentSources
from playground_chat.backend.documents.reading import Readers, ReadingLimits
from playground_chat.backend.documents.search import DocumentSearch
from playground_chat.backend.documents.vectors import Vectors
from playground_chat.backend.documents.work import Work
from playground_chat.backend.settings import ChatSettings


@dataclass(frozen=True)
class DocumentRoom:
    """Documents of conversations: taken in, listed, found, taken away."""

    shelf: Shelf
    intake: Intake
    search: DocumentSearch
    sessions: SessionStore
    vectors: Vectors

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Take in, and finish what others have left, for the block."""
        task = asyncio.create_task(self.intake.run(), name="documents")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def sources(self, tokens_of: Callable[[str], int]) -> DocumentSources:
        """What turns read of the documents; *tokens_of* a model is how much it can read."""
        return DocumentSources(self.shelf, self.search, tokens_of)

    async def take(self, conversation_id: str, name: str, data: bytes) -> Document:
        """Begin with a document. Raises SessionEnded, TooLarge or NoCapacity."""
        session = await self.sessions.find(conversation_id)
        owner = session.require_open().owner if session is not None else LOCAL.name
        return await self.intake.take(conversation_id, owner, name, data)

    async def get(self, document_id: str, *, owner: str) -> Document:
        """The document of that id, if it is *owner*'s. Raises DocumentNotFound."""
        document = await self.shelf.find(document_id)
        if document is None or document.owner != owner:
            raise DocumentNotFound(f"There is no document {document_id[:100]!r}.")
        return document


def document_room(
    settings: ChatSettings,
    store: StoreSettings,
    registry: CollectorRegistry,
    redis: Redis,
    sessions: SessionStore,
) -> DocumentRoom:
    """The room, with nothing running yet."""
    keys, metrics = Keys(store.tenant), DocumentMetrics(registry)
    shelf = Shelf(redis, keys, retention_s=store.retention_s)
    vectors = Vectors(settings, store)
    reading = ReadingLimits(
        settings.document_read_s, settings.document_read_mb, settings.document_max_chunks
    )
    limits = IntakeLimits(settings.max_document_bytes, settings.max_documents)
    intake = Intake(shelf, Work(redis, keys), Readers(reading), vectors, metrics, limits)
    return DocumentRoom(shelf, intake, DocumentSearch(shelf, vectors, metrics), sessions, vectors)
