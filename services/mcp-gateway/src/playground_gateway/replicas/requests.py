"""An HTTP request that another replica has to answer, passed on as bytes, and so its answer."""

import asyncio
import logging

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from playground.errors import PlaygroundError
from playground_http.problems import problem_response

log = logging.getLogger(__name__)

_OF_ONE_CONNECTION = frozenset(
    {b"connection", b"host", b"keep-alive", b"origin", b"transfer-encoding"}
)
_TIMES = httpx.Timeout(None, connect=3)
"""A stream lasts as long as somebody reads it."""


class OtherGatewayLost(PlaygroundError):
    """The gateway that answers this client does not answer any more. Begin a new session."""

    status, title = 502, "Gateway lost"


class PassedOn:
    """Passes requests on over plain HTTP. The door has checked where they come from."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            timeout=_TIMES, limits=httpx.Limits(max_connections=None), trust_env=False, verify=False
        )

    async def close(self) -> None:
        """Let go of the others."""
        await self._client.aclose()

    async def __call__(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what the replica at *address* answers, until either side goes away."""
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        answering = asyncio.create_task(self._answer(address, request, body, send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not answering.done():
                answering.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)
        if answering.cancelled():
            return
        error = answering.exception()
        if isinstance(error, OtherGatewayLost):
            await problem_response(error)(scope, receive, send)
        elif error is not None:
            raise error

    async def _answer(self, address: str, request: Request, body: bytes, send: Send) -> None:
        url = httpx.URL(f"{address}{request.scope['path']}")
        headers = [
            (name, value)
            for name, value in request.scope["headers"]
            if name not in _OF_ONE_CONNECTION
        ]
        wanted = self._client.build_request(
            request.method, url, headers=[*headers, (b"host", b"localhost")], content=body
        )
        try:
            answer = await self._client.send(wanted, stream=True)
        except httpx.HTTPError as error:
            raise OtherGatewayLost from error
        try:
            told = [(n.lower(), v) for n, v in answer.headers.raw]
            told = [(name, value) for name, value in told if name not in _OF_ONE_CONNECTION]
            await send(
                {"type": "http.response.start", "status": answer.status_code, "headers": told}
            )
            async for piece in answer.aiter_raw():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except httpx.HTTPError:  # the connection is cut, so that the client knows
            log.info("another gateway went away while it answered")
        finally:
            await answer.aclose()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
