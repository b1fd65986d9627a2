"""The documents of a tenant in Redis: which conversation reads which, their records and chunks.

A document belongs to every conversation that reads it (a fork reads those of the first one), and
goes with the last of them. All that is kept of it ends with its time to live, which any turn of
such a conversation renews.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from playground.documents.model import Chunk, Document
from playground.errors import InvalidRequest
from playground.keys import Keys
from playground.redis_connection import Redis

_SAVE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[1])
return 1
"""
_RENEWED_EVERY_S = 86_400
"""A document's many keys are renewed when a day of their time is gone, not at every turn; where
they have less than four days, when a quarter is gone."""
_AT_ONCE = 500


class DocumentNotFound(InvalidRequest):
    """There is no document of that id."""

    status, title = 404, "Document not found"


class Shelf:
    """Documents of one tenant. Methods may raise redis-py's errors, with nothing half written."""

    def __init__(self, redis: Redis, keys: Keys, *, retention_s: int = 30 * 86_400) -> None:
        self._redis = redis
        self._keys = keys
        self._retention_s = retention_s
        self._renewed_below_s = retention_s - min(_RENEWED_EVERY_S, retention_s // 4)
        self._save = redis.register_script(_SAVE)

    async def add(self, document: Document, conversation_id: str) -> None:
        """Put a new document before the conversation."""
        pipe = self._redis.pipeline(transaction=True)
        key = self._keys.document(document.id)
        pipe.hset(key, "data", document.model_dump_json())
        pipe.expire(key, self._retention_s)
        self._link(pipe, document, conversation_id)
        await pipe.execute()

    async def share(self, source: str, target: str) -> None:
        """Let the conversation *target* read what *source* reads."""
        for document in await self.of_conversation(source):
            pipe = self._redis.pipeline(transaction=True)
            self._link(pipe, document, target)
            await pipe.execute()

    async def save(self, document: Document) -> bool:
        """Write the record anew; False if the document is gone."""
        key = self._keys.document(document.id)
        return bool(await self._save(keys=[key], args=[document.model_dump_json()]))

    async def put_chunks(self, document: Document, chunks: Sequence[Chunk]) -> bool:
        """Write the document's text and its record; False if the document is gone."""
        key = self._keys.document_chunks(document.id)
        pipe = self._redis.pipeline(transaction=True)
        pipe.delete(key)
        for start in range(0, len(chunks), _AT_ONCE):
            part = chunks[start : start + _AT_ONCE]
            pipe.rpush(key, *(c.model_dump_json(exclude_none=True) for c in part))
        pipe.expire(key, self._retention_s)
        await pipe.execute()
        if await self.save(document):
            return True
        await self._redis.delete(key)
        return False

    async def find(self, document_id: str) -> Document | None:
        """The document of that id, if there is one."""
        found = await self._load([document_id])
        return found[0] if found else None

    async def of_conversation(self, conversation_id: str) -> list[Document]:
        """What the conversation reads, in the order of uploads."""
        return await self._listed(self._keys.conversation_documents(conversation_id))

    async def ids_of_conversation(self, conversation_id: str) -> list[str]:
        """The ids of what the conversation reads; one whose time is up may be among them."""
        key = self._keys.conversation_documents(conversation_id)
        return cast(list[str], await self._redis.zrange(key, 0, -1))

    async def of_owner(self, owner: str) -> list[Document]:
        """All documents of *owner*, in the order of uploads."""
        return await self._listed(self._keys.owner_documents(owner))

    async def readers(self, document_id: str) -> set[str]:
        """The conversations that read the document; none where there is no such document."""
        key = self._keys.document_readers(document_id)
        return await cast(Awaitable[set[str]], self._redis.smembers(key))

    async def chunks(self, document_id: str) -> list[Chunk]:
        """The document's text; none while it is being read."""
        key = self._keys.document_chunks(document_id)
        kept = await cast(Awaitable[list[str]], self._redis.lrange(key, 0, -1))
        return [Chunk.model_validate_json(data) for data in kept]

    async def renew(self, conversation_id: str, documents: Sequence[Document]) -> None:
        """Let *documents* live as long as the conversation, which has just had a turn."""
        await self._redis.expire(
            self._keys.conversation_documents(conversation_id), self._retention_s
        )
        for document in documents:
            left = await self._redis.ttl(self._keys.document(document.id))
            if left > self._renewed_below_s:
                continue
            await self._redis.expire(self._keys.owner_documents(document.owner), self._retention_s)
            await self._each_key(document, lambda p, key: p.expire(key, self._retention_s))

    async def take_away(self, conversation_id: str, document_id: str) -> bool:
        """Let the conversation read the document no more; False if it did not."""
        listing = self._keys.conversation_documents(conversation_id)
        if not await self._redis.zrem(listing, document_id):
            return False
        readers = self._keys.document_readers(document_id)
        await self._redis.srem(readers, conversation_id)
        if not await self._redis.exists(readers):
            await self._delete(document_id)
        return True

    async def forget(self, conversation_id: str) -> None:
        """Take away all that the conversation reads."""
        for document_id in await self.ids_of_conversation(conversation_id):
            await self.take_away(conversation_id, document_id)

    async def _delete(self, document_id: str) -> None:
        document = await self.find(document_id)
        if document is not None:
            await self._redis.zrem(self._keys.owner_documents(document.owner), document_id)
            await self._each_key(document, lambda p, key: p.delete(key))
        await self._redis.srem(self._keys.documents_in_work(), document_id)

    def _link(self, pipe: Any, document: Document, conversation_id: str) -> None:
        since = int(document.created_at.timestamp() * 1000)
        readers = self._keys.document_readers(document.id)
        pipe.sadd(readers, conversation_id)
        pipe.expire(readers, self._retention_s)
        for listing in (
            self._keys.conversation_documents(conversation_id),
            self._keys.owner_documents(document.owner),
        ):
            pipe.zadd(listing, {document.id: since})
            pipe.expire(listing, self._retention_s)

    async def _each_key(self, document: Document, act: Callable[[Any, str], Any]) -> None:
        """*act* on every key of the document, its chunks in the index included."""
        keys, space = self._keys, document.space
        names = [
            keys.document_readers(document.id),
            keys.document_chunks(document.id),
            *([keys.document_vectors(document.id, space)] if space else []),
            *(keys.indexed_chunk(space, document.id, n) for n in range(document.chunks) if space),
            keys.document(document.id),  # the last: while it is there, somebody can begin again
        ]
        for start in range(0, len(names), _AT_ONCE):
            pipe = self._redis.pipeline(transaction=False)
            for name in names[start : start + _AT_ONCE]:
                act(pipe, name)
            await pipe.execute()

    async def _listed(self, listing: str) -> list[Document]:
        ids = cast(list[str], await self._redis.zrange(listing, 0, -1))
        found = await self._load(ids)
        if gone := set(ids) - {document.id for document in found}:
            await self._redis.zrem(listing, *gone)
        return found

    async def _load(self, ids: Sequence[str]) -> list[Document]:
        pipe = self._redis.pipeline(transaction=False)
        for document_id in ids:
            pipe.hget(self._keys.document(document_id), "data")
        kept = cast(list[str | None], await pipe.execute()) if ids else []
        return [Document.model_validate_json(data) for data in kept if data]
