"""A request passed on over HTTP, and its answer passed back as it comes, until either side goes."""

import asyncio
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp
import anyio
from starlette.types import Receive, Send

from playground.errors import PlaygroundError
from playground_gateway.passing.headers import Headers
from playground_gateway.passing.upstream import FAILURES, Upstream, Wanted

log = logging.getLogger(__name__)

Told = Callable[[aiohttp.ClientResponse], Headers]
"""What a client is told of an answer's headers. It may raise PlaygroundError."""


def _uncounted(size: int) -> None:
    """Nobody counts the bytes."""


async def pass_on(
    upstream: Upstream,
    wanted: Wanted,
    receive: Receive,
    send: Send,
    *,
    told: Told,
    away: PlaygroundError,
    count: Callable[[int], None] = _uncounted,
) -> str:
    """Returns how it ended: `answered`, `left` by the client, or `broken` off by the server.

    Raises *away* where the server cannot be reached, and what *told* raises. *count* is given the
    size of each piece of the answer.
    """
    outcome = "left"
    with anyio.CancelScope() as until_left:
        watching = asyncio.create_task(_left(receive), name="client")
        watching.add_done_callback(lambda _: until_left.cancel())
        try:
            outcome = await _answered(upstream, wanted, send, told=told, away=away, count=count)
        finally:
            watching.cancel()
    return outcome


async def _answered(
    upstream: Upstream,
    wanted: Wanted,
    send: Send,
    *,
    told: Told,
    away: PlaygroundError,
    count: Callable[[int], None],
) -> str:
    try:
        answer = await upstream.ask(wanted)
    except FAILURES as error:
        log.warning("%s cannot be reached: %s", urlsplit(wanted.url).hostname, type(error).__name__)
        raise away from error
    try:
        start = {"type": "http.response.start", "status": answer.status}
        await send({**start, "headers": told(answer)})
        more = True
        async for piece in answer.content.iter_any():
            count(len(piece))
            more = not answer.content.at_eof()
            await send({"type": "http.response.body", "body": piece, "more_body": more})
        if more:
            await send({"type": "http.response.body", "body": b""})
    except aiohttp.ClientError as error:  # the connection is cut, so that the client knows
        log.warning("%s broke off: %s", answer.url.host, type(error).__name__)
        return "broken"
    finally:
        answer.close()  # one that was read to its end has given its connection back already
    return "answered"


async def _left(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
