"""Documents of a conversation (contract §5): taken in, listed, searched, read, taken away."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Query, UploadFile

from playground.documents.model import Document, DocumentStatus
from playground.documents.shelf import DocumentNotFound
from playground.errors import FieldError, InvalidRequest
from playground.identifiers import conversation_name
from playground.principal import LOCAL
from playground.sessions.slots import SlotStore
from playground_chat.backend.documents.intake import failure_of
from playground_chat.backend.documents.room import DocumentRoom
from playground_chat.backend.doors.page_token import PageSession

LARGER_BODIES = r"/v1/sessions/[^/]+/documents|/internal/page/documents"
"""The paths whose bodies are documents."""

Upload = Annotated[UploadFile, File(description="The document")]
Wait = Annotated[
    float,
    Query(ge=0, le=600, description="Seconds that the answer is held until the document is ready"),
]
Question = Annotated[str, Query(min_length=1, max_length=4_000)]
Amount = Annotated[int, Query(ge=1, le=50)]


def documents_router(room: DocumentRoom) -> APIRouter:
    """Documents by their conversation, and by themselves."""
    router = APIRouter(tags=["documents"])

    @router.post("/v1/sessions/{session_id}/documents", status_code=201)
    async def upload(session_id: str, file: Upload, wait: Wait = 300) -> dict[str, Any]:
        return await _taken(room, conversation_name(session_id), file, wait)

    @router.get("/v1/sessions/{session_id}/documents")
    async def listed(session_id: str) -> dict[str, Any]:
        return await _listing(room, conversation_name(session_id))

    @router.get("/v1/sessions/{session_id}/documents/search")
    async def search_session(session_id: str, q: Question, k: Amount = 5) -> dict[str, Any]:
        documents = await room.shelf.of_conversation(conversation_name(session_id))
        return await _found(room, q, documents, k)

    @router.delete("/v1/sessions/{session_id}/documents/{document_id}", status_code=204)
    async def take_away(session_id: str, document_id: str) -> None:
        await _taken_away(room, conversation_name(session_id), document_id)

    @router.get("/v1/documents/search")
    async def search_all(q: Question, k: Amount = 5) -> dict[str, Any]:
        return await _found(room, q, await room.shelf.of_owner(LOCAL.name), k)

    @router.get("/v1/documents/{document_id}")
    async def read(document_id: str) -> dict[str, Any]:
        document = await room.get(document_id, owner=LOCAL.name)
        chunks = await room.shelf.chunks(document.id)
        return {
            **document.public(),
            "text": "\n\n".join(chunk.text for chunk in chunks),
            "items": [chunk.public() for chunk in chunks],
        }

    return router


def page_documents_router(room: DocumentRoom, slots: SlotStore) -> APIRouter:
    """The same for the page of a session, below /internal/page."""
    router = APIRouter(prefix="/internal/page/documents", include_in_schema=False)
    page = Depends(PageSession(slots))

    @router.post("", status_code=201)
    async def upload(file: Upload, wait: Wait = 0, session_id: str = page) -> dict[str, Any]:
        return await _taken(room, session_id, file, wait)

    @router.get("")
    async def listed(session_id: str = page) -> dict[str, Any]:
        return await _listing(room, session_id)

    @router.delete("/{document_id}", status_code=204)
    async def take_away(document_id: str, session_id: str = page) -> None:
        await _taken_away(room, session_id, document_id)

    return router


async def _taken(
    room: DocumentRoom, conversation_id: str, file: UploadFile, wait_s: float
) -> dict[str, Any]:
    """The document once it is ready, or as it is when the wait is over.

    One that fails while it is waited for is not kept: whoever uploaded it knows.
    """
    begun = await room.take(conversation_id, _name(file), await file.read())
    await room.intake.wait(begun.id, wait_s)
    document = await room.shelf.find(begun.id)
    if document is None:
        raise DocumentNotFound("The document was deleted while it was being read.")
    if document.status is DocumentStatus.FAILED and wait_s:
        await room.shelf.take_away(conversation_id, document.id)
        raise failure_of(document)
    return document.public()


def _name(file: UploadFile) -> str:
    """The file's own name without a path. Raises InvalidRequest."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2].strip()
    if not name or len(name) > 255 or not name.isprintable():
        wrong = FieldError("file", "give it a file name of 1 to 255 printable characters")
        raise InvalidRequest("The document needs a name.", errors=(wrong,))
    return name


async def _listing(room: DocumentRoom, conversation_id: str) -> dict[str, Any]:
    documents = await room.shelf.of_conversation(conversation_id)
    return {"items": [document.public() for document in documents]}


async def _found(
    room: DocumentRoom, question: str, documents: list[Document], k: int
) -> dict[str, Any]:
    passages = await room.search.find(question, documents, k)
    return {"items": [passage.public() for passage in passages]}


async def _taken_away(room: DocumentRoom, conversation_id: str, document_id: str) -> None:
    if not await room.shelf.take_away(conversation_id, document_id):
        raise DocumentNotFound(f"This conversation has no document {document_id[:100]!r}.")
