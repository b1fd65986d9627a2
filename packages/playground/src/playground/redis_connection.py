"""One way to connect to Redis: text answers, bounded waits, retries that outlast a restart."""

import asyncio
import builtins
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
)

from playground.errors import PlaygroundError, StoreFull, StoreUnavailable

Redis: TypeAlias = AsyncRedis

ANSWER_WITHIN_S = 3.0
SEND_WITHIN_S = 10.0
"""The same for a command's sending, with the connection and the retries that it may need first."""
CONNECTIONS = 100
"""How many a client opens at most; commands beyond them wait for one to be free."""
BLOCK_MS = 1_000
"""How long a blocking read waits for news: well below what counts as a server that hangs."""

UNREACHABLE = (ConnectionError, TimeoutError, BusyLoadingError)
"""What redis-py raises while the server is away: nothing is wrong with the command, try again."""


def connect(url: str) -> Redis:
    """A client for *url*. It connects at its first command, and again after the server was away.

    A lost connection is tried again at once. A server that hangs is not: its answer may yet come,
    and whoever waits at a door has waited long enough.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=ANSWER_WITHIN_S,
        decode_responses=True,
        socket_connect_timeout=2,
        socket_timeout=ANSWER_WITHIN_S,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 3, (ConnectionError, BusyLoadingError)),
    )
    if sys.version_info < (3, 12):
        pool.connection_class = _cancellable(pool.connection_class)
    return AsyncRedis.from_pool(pool)


def _cancellable(kind: type[AbstractConnection]) -> type[AbstractConnection]:
    """The kind of connection, but one that hears when its task is cancelled while it sends.

    redis-py sends under `asyncio.wait_for`, which before Python 3.12 drops a cancellation that
    comes just as the sending ends: a reader that was told to stop would read on for ever.
    """

    class Cancellable(kind):
        async def send_packed_command(self, command: Any, check_health: bool = True) -> None:
            kept, self.socket_timeout = self.socket_timeout, None
            try:
                async with asyncio.timeout(SEND_WITHIN_S):
                    await super().send_packed_command(command, check_health)
            except builtins.TimeoutError:
                await self.disconnect(nowait=True)
                raise TimeoutError("Timeout writing to socket") from None
            finally:
                self.socket_timeout = kept

    return Cancellable


@asynccontextmanager
async def connection(url: str) -> AsyncGenerator[Redis]:
    """A client that is closed at the end of the block."""
    client = connect(url)
    try:
        yield client
    finally:
        await client.aclose()


StreamEntries = list[tuple[str, dict[str, str]]]


def stream_entries(answer: Any) -> StreamEntries:
    """The entries in XREAD's answer for one stream."""
    by_stream = entries_by_stream(answer)
    return by_stream[0][1] if by_stream else []


def entries_by_stream(answer: Any) -> list[tuple[str, StreamEntries]]:
    """The entries in XREAD's answer, stream by stream; RESP2 and RESP3 shape it differently."""
    if not answer:
        return []
    pairs = cast(dict[str, Any], answer).items() if isinstance(answer, dict) else answer
    return [(key, found[0] if isinstance(found[0], list) else found) for key, found in pairs]


def translated(error: RedisError) -> PlaygroundError:
    """The product's word for a failure of Redis: away, or full. Shows no address, no password."""
    full = isinstance(error, OutOfMemoryError | ReadOnlyError) or (
        isinstance(error, ResponseError) and str(error).startswith(("MISCONF", "OOM"))
    )
    if full:
        return StoreFull()
    return StoreUnavailable() if isinstance(error, UNREACHABLE) else PlaygroundError()
