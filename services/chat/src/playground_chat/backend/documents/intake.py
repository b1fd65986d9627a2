"""Taking a document in: it is read, its text is put on the shelf, and its chunks are embedded.

From the moment that its text is on the shelf it is found by its words; by its meaning, chunk by
chunk. Whoever uploaded it may wait for the end, and need not.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass

from redis.exceptions import RedisError

from playground.clock import now
from playground.documents.model import Chunk, Document, DocumentStatus
from playground.documents.shelf import Shelf
from playground.errors import DocumentUnreadable, NoCapacity, PlaygroundError, TooLarge
from playground.identifiers import new_id
from playground_chat.backend.documents.metrics import DocumentMetrics
from playground_chat.backend.documents.reading import Readers
from playground_chat.backend.documents.vectors import Vectors
from playground_chat.backend.documents.work import NotOurs, Work

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 5.0
_INTERRUPTED = "The reading of this document was interrupted; upload it again."


class _Gone(Exception):
    """The document was taken away while it was being read."""


@dataclass(frozen=True)
class IntakeLimits:
    """How much is taken in."""

    bytes: int
    documents: int
    """Of one conversation."""
    at_once: int = 8
    """How many this process has in work, and so in memory."""


class Intake:
    """Takes documents in, each by a task of its own."""

    def __init__(
        self,
        shelf: Shelf,
        work: Work,
        readers: Readers,
        vectors: Vectors,
        metrics: DocumentMetrics,
        limits: IntakeLimits,
    ) -> None:
        self._shelf = shelf
        self._work = work
        self._readers = readers
        self._vectors = vectors
        self._metrics = metrics
        self.limits = limits
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def take(self, conversation_id: str, owner: str, name: str, data: bytes) -> Document:
        """Begin with a document. Raises TooLarge or NoCapacity."""
        if len(data) > self.limits.bytes:
            raise TooLarge(f"A document may have at most {self.limits.bytes:,} bytes.")
        if len(self._tasks) >= self.limits.at_once:
            raise NoCapacity("Many documents are being read now; try again in a moment.")
        if len(await self._shelf.of_conversation(conversation_id)) >= self.limits.documents:
            raise TooLarge(
                f"A conversation may have at most {self.limits.documents} documents; delete one."
            )
        document = Document(
            id=new_id("doc"), name=name, owner=owner, bytes=len(data), created_at=now()
        )
        await self._shelf.add(document, conversation_id)
        self._begin(document, data)
        return document

    async def wait(self, document_id: str, seconds: float) -> None:
        """Wait until nothing more happens to the document, but not longer than *seconds*."""
        task = self._tasks.get(document_id)
        if task is not None:
            await asyncio.wait({task}, timeout=seconds)

    async def run(self) -> None:
        """Finish what processes that died have left, until cancelled; at the end leave our own."""
        try:
            while True:
                await asyncio.sleep(_LOOK_EVERY_S)
                with suppress(RedisError):  # away: it is looked at again
                    for document_id in await self._work.abandoned():
                        await self._take_over(document_id)
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _take_over(self, document_id: str) -> None:
        document = await self._shelf.find(document_id)
        if document is None:
            await self._work.done(document_id)
        elif document_id not in self._tasks and len(self._tasks) < self.limits.at_once:
            self._begin(document, None)

    def _begin(self, document: Document, data: bytes | None) -> None:
        task = asyncio.create_task(self._finished(document, data), name=f"read {document.id}")
        self._tasks[document.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(document.id, None))

    async def _finished(self, document: Document, data: bytes | None) -> None:
        """Whatever happens, the record says it."""
        try:
            async with self._work.on(document.id):
                await self._recorded(document, data)
        except NotOurs:
            log.debug("document %s is in other hands", document.id)
        except RedisError as error:  # it stays in work, and is found again
            log.warning("document %s is left for later: %s", document.id, error)

    async def _recorded(self, document: Document, data: bytes | None) -> None:
        try:
            await self._embedded(*await self._read(document, data))
            self._metrics.documents.labels("ready").inc()
        except _Gone:
            log.info("document %s was taken away while it was being read", document.id)
        except RedisError:
            raise
        except Exception as error:
            if not isinstance(error, PlaygroundError):
                log.exception("document %s failed", document.id)
            failed = error if isinstance(error, PlaygroundError) else PlaygroundError()
            self._metrics.documents.labels("failed").inc()
            error_told = {"code": failed.code, "detail": failed.detail}
            change = {"status": DocumentStatus.FAILED, "error": error_told}
            await self._shelf.save(document.model_copy(update=change))

    async def _read(
        self, document: Document, data: bytes | None
    ) -> tuple[Document, Sequence[Chunk]]:
        """The document with its text on the shelf."""
        if data is None:
            chunks = await self._shelf.chunks(document.id)
            if not chunks:
                raise DocumentUnreadable(_INTERRUPTED)
            return document, chunks

        async def progress(done: int, total: int) -> None:
            if done % 10 == 0 or done == total:
                await self._save(document.model_copy(update={"done": done, "total": total}))

        chunks = await self._readers.read(document.name, data, progress)
        change = {
            "status": DocumentStatus.EMBEDDING,
            "chunks": len(chunks),
            "done": 0,
            "total": len(chunks),
            "space": self._vectors.space,
        }
        read = document.model_copy(update=change)
        if not await self._shelf.put_chunks(read, chunks):
            raise _Gone
        return read, chunks

    async def _embedded(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """Give the chunks their vectors. Without them the document is found by its words alone."""
        try:
            async with aclosing(self._vectors.add(document, chunks)) as batches:
                async for done in batches:
                    await self._save(document.model_copy(update={"done": done}))
        except _Gone:
            await self._vectors.forget(document)
            raise
        except PlaygroundError as error:
            log.warning("document %s has no vectors: %s", document.id, error.detail)
        change = {"status": DocumentStatus.READY, "done": len(chunks), "total": len(chunks)}
        await self._save(document.model_copy(update=change))

    async def _save(self, document: Document) -> None:
        if not await self._shelf.save(document):
            raise _Gone


def failure_of(document: Document) -> PlaygroundError:
    """Why the document failed, for whoever waits for it."""
    told = document.error or {}
    kinds = {kind.code: kind for kind in (TooLarge, DocumentUnreadable)}
    return kinds.get(told.get("code", ""), PlaygroundError)(told.get("detail", ""))
