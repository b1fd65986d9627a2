"""Vectors of chunks."""

from collections.abc import AsyncIterator, Sequence

from playground.documents.model import Chunk, Document


class Vectors:
    """Gives chunks their vectors, and finds them by these."""

    async def space(self) -> str:
        """The embedding model's name as a part of keys."""
        return ""

    async def add(self, document: Document, chunks: Sequence[Chunk]) -> AsyncIterator[int]:
        """Embed the chunks; tells how many are done."""
        for done in (len(chunks),) if document.space else ():
            yield done

    async def forget(self, document_id: str) -> None:
        """Drop what was written of a document that is gone."""
