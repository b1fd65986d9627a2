"""An HTTP request that another replica has to answer, passed on as bytes, and so its answer."""

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from playground.errors import PlaygroundError
from playground_gateway.passing.headers import Headers
from playground_gateway.passing.streams import pass_on
from playground_http.problems import problem_response

_NOT_PASSED = frozenset({b"connection", b"host", b"keep-alive", b"origin", b"transfer-encoding"})
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
        url = httpx.URL(f"{address}{scope['path']}", query=scope["query_string"])
        given = [(name, value) for name, value in scope["headers"] if name not in _NOT_PASSED]
        wanted = self._client.build_request(
            request.method, url, headers=[*given, (b"host", b"localhost")], content=body
        )
        try:
            await pass_on(self._client, wanted, receive, send, told=_told, away=OtherGatewayLost())
        except OtherGatewayLost as error:
            await problem_response(error)(scope, receive, send)


def _told(answer: httpx.Response) -> Headers:
    given = [(name.lower(), value) for name, value in answer.headers.raw]
    return [(name, value) for name, value in given if name not in _NOT_PASSED]
