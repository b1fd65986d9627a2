"""What a document is: its record, and its text in chunks that know their place."""

from enum import StrEnum
from typing import Any

from playground.clock import Moment
from playground.sessions.model import Frozen


class DocumentStatus(StrEnum):
    """How far a document has come. It is found by its words once it has been read."""

    READING = "reading"
    EMBEDDING = "embedding"
    READY = "ready"
    FAILED = "failed"


class Place(Frozen):
    """Where a chunk stands, as far as its kind of document has such a thing."""

    page: int | None = None
    heading: str | None = None
    """The headings above it, outermost first: ``Rent > Payment``."""
    line: int | None = None

    def public(self) -> dict[str, Any]:
        """The place as the contract shows it: absent things left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def words(self) -> str:
        """The place as a person says it, or nothing."""
        parts = [
            f"page {self.page}" if self.page else "",
            self.heading or "",
            f"line {self.line}" if self.line else "",
        ]
        return ", ".join(part for part in parts if part)


class Chunk(Frozen):
    """A stretch of a document's text; `number` counts from 0."""

    number: int
    text: str
    place: Place = Place()

    def public(self) -> dict[str, Any]:
        """The chunk as `GET /v1/documents/{id}` shows it."""
        return {"chunk": self.number, "text": self.text, "place": self.place.public()}


class Document(Frozen):
    """A document's record; `public()` is what listings show."""

    id: str
    name: str
    owner: str
    bytes: int
    created_at: Moment
    status: DocumentStatus = DocumentStatus.READING
    chunks: int = 0
    done: int = 0
    total: int = 0
    """`done` of `total` pages are read, or chunks embedded, as `status` says."""
    space: str = ""
    """The embedding model by which its chunks have their vectors, as a part of keys."""
    error: dict[str, str] | None = None
    """Why it failed: `code` and `detail`, as in a problem."""

    def public(self) -> dict[str, Any]:
        """The document as the contract shows it (§5), and how far it has come."""
        return self.model_dump(mode="json", exclude_none=True, exclude={"owner", "space"})
