"""`vector_search` and `doc_get`: what was uploaded, found by its meaning and read."""

from typing import Annotated, Any

from fastmcp.tools import Tool
from pydantic import Field

from playground.documents.shelf import DocumentNotFound
from playground_gateway.doors import Doors, session_path
from playground_gateway.policy.rules import Rules
from playground_gateway.tools.making import READS, Shown, tool


class Passages(Shown):
    """Passages of documents, best first, each with its place and its document's id."""

    items: list[dict[str, Any]]


class Document(Shown):
    """A document and its text."""

    id: str


_MOST_PASSAGES = 50


def document_tools(doors: Doors, rules: Rules) -> list[Tool]:
    """The two tools; documents that *rules* do not allow are not found."""

    async def vector_search(
        query: Annotated[str, Field(min_length=1, max_length=2_000)],
        session_id: Annotated[
            str | None, Field(description="Search this session's documents alone")
        ] = None,
        k: Annotated[int, Field(ge=1, le=_MOST_PASSAGES, description="How many passages")] = 5,
    ) -> Passages:
        """Find passages in uploaded documents that are about the query, whatever their words."""
        below = "/documents/search"
        path = f"/v1{below}" if session_id is None else session_path(session_id, below)
        asked = _MOST_PASSAGES if rules.scenarios and session_id is None else k
        found = await doors.chat("GET", path, params={"q": query, "k": asked})
        documents = {one["doc_id"] for one in found["items"]}
        allowed = {one for one in documents if await rules.allows_resource(f"doc://{one}")}
        return Passages(items=[one for one in found["items"] if one["doc_id"] in allowed][:k])

    async def doc_get(
        doc_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")],
        session_id: Annotated[
            str | None, Field(description="Only if it is one of this session's documents")
        ] = None,
    ) -> Document:
        """Read a document by the id that vector_search gave."""
        if session_id is not None and session_id not in await rules.readers(doc_id):
            raise DocumentNotFound("The session has no such document.")
        found = await doors.chat("GET", f"/v1/documents/{doc_id}")
        return Document.model_validate(found)

    return [
        tool(vector_search, title="Search documents", annotations=READS),
        tool(doc_get, title="Read a document", annotations=READS),
    ]
