"""`vector_search` and `doc_get`: what was uploaded, found by its meaning and read."""

from typing import Annotated, Any

from fastmcp.tools import Tool
from pydantic import Field

from playground_gateway.doors import Doors, session_path
from playground_gateway.tools.making import READS, Shown, tool


class Passages(Shown):
    """Passages of documents, best first, each with its place and its document's id."""

    items: list[dict[str, Any]]


class Document(Shown):
    """A document and its text."""

    id: str


def document_tools(doors: Doors) -> list[Tool]:
    """The two tools."""

    async def vector_search(
        query: Annotated[str, Field(min_length=1, max_length=2_000)],
        session_id: Annotated[
            str | None, Field(description="Search this session's documents alone")
        ] = None,
        k: Annotated[int, Field(ge=1, le=50, description="How many passages")] = 5,
    ) -> Passages:
        """Find passages in uploaded documents that are about the query, whatever their words."""
        below = "/documents/search"
        path = f"/v1{below}" if session_id is None else session_path(session_id, below)
        found = await doors.chat("GET", path, params={"q": query, "k": k})
        return Passages.model_validate(found)

    async def doc_get(
        doc_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")],
    ) -> Document:
        """Read a document by the id that vector_search gave."""
        found = await doors.chat("GET", f"/v1/documents/{doc_id}")
        return Document.model_validate(found)

    return [
        tool(vector_search, title="Search documents", annotations=READS),
        tool(doc_get, title="Read a document", annotations=READS),
    ]
