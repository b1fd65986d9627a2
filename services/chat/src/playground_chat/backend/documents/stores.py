"""Where vectors are kept: in the index of Redis' search module, or without it in our own store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from redis import Redis
from redis.exceptions import ResponseError

from playground.keys import Keys
from playground.settings import StoreSettings
from playground_chat.backend.documents.embedded_store import EmbeddedVectorStore


@dataclass(frozen=True)
class OpenStore:
    """A store, and how its filter says "of these documents alone"."""

    store: VectorStore
    only: Callable[[Sequence[str]], Any]


def open_store(settings: StoreSettings, embeddings: Embeddings, space: str) -> OpenStore:
    """The store that fits the server. Takes its time; may raise redis-py's errors."""
    client = sync_client(settings.redis_url)
    keys, ttl = Keys(settings.tenant), settings.retention_s
    if has_search(client):
        return _indexed(client, keys, embeddings, space, ttl)
    store = EmbeddedVectorStore(client, keys, embeddings, space=space, ttl=ttl)
    return OpenStore(store, list)


def sync_client(url: str) -> Redis:
    """A client for libraries that know no asyncio. RESP2: redisvl misreads RESP3's answers."""
    return Redis.from_url(url, protocol=2, socket_timeout=10, socket_connect_timeout=2)


def has_search(client: Redis) -> bool:
    """Whether the server has the search module."""
    try:
        cast(Any, client).execute_command("FT._LIST")
    except ResponseError:
        return False
    return True


def _indexed(client: Redis, keys: Keys, embeddings: Embeddings, space: str, ttl: int) -> OpenStore:
    # A second of imports, for those alone whose server has the module.
    from langchain_redis import RedisConfig, RedisVectorStore

    tag: Any = import_module("redisvl.query.filter").Tag
    schemas: Any = import_module("redisvl.schema").IndexSchema
    prefix = keys.indexed_chunks(space)
    schema = schemas.from_dict(
        {
            "index": {"name": prefix, "prefix": prefix, "storage_type": "hash"},
            "fields": [
                {"name": "document", "type": "tag"},
                {"name": "chunk", "type": "numeric"},
                {
                    "name": "embedding",
                    "type": "vector",
                    "attrs": {
                        "dims": len(embeddings.embed_query("a")),
                        "algorithm": "flat",
                        "distance_metric": "cosine",
                    },
                },
            ],
        }
    )
    config = RedisConfig.from_schema(schema, redis_client=client)
    store: VectorStore = RedisVectorStore(embeddings, config=config, ttl=ttl)

    def only(documents: Sequence[str]) -> Any:
        return tag("document") == list(documents)

    return OpenStore(store, only)
