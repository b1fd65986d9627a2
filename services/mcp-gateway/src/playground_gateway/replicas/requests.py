"""An HTTP request that another replica has to answer, passed on as bytes, and so its answer."""

import aiohttp
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from playground.errors import PlaygroundError
from playground_gateway.passing.headers import Headers
from playground_gateway.passing.streams import pass_on
from playground_gateway.passing.upstream import Upstream, Wanted
from playground_http.problems import problem_response

_NOT_PASSED = frozenset(
    {b"connection", b"expect", b"host", b"keep-alive", b"origin", b"transfer-encoding"}
)


class OtherGatewayLost(PlaygroundError):
    """The gateway that answers this client does not answer any more. Begin a new session."""

    status, title = 502, "Gateway lost"


class PassedOn:
    """Passes requests on over plain HTTP. The door has checked where they come from."""

    def __init__(self) -> None:
        self._upstream = Upstream(verify=False)

    async def close(self) -> None:
        """Let go of the others."""
        await self._upstream.close()

    async def __call__(self, address: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with what the replica at *address* answers, until either side goes away."""
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        given = [(name, value) for name, value in scope["headers"] if name not in _NOT_PASSED]
        query = scope["query_string"] and b"?" + scope["query_string"]
        target = (scope["raw_path"] + query).decode("ascii", "replace")
        headers = [*given, (b"host", b"localhost")]
        wanted = Wanted(request.method, f"{address}{target}", headers, body)
        try:
            await pass_on(
                self._upstream, wanted, receive, send, told=_told, away=OtherGatewayLost()
            )
        except OtherGatewayLost as error:
            await problem_response(error)(scope, receive, send)


def _told(answer: aiohttp.ClientResponse) -> Headers:
    given = [(name.lower(), value) for name, value in answer.raw_headers]
    return [(name, value) for name, value in given if name not in _NOT_PASSED]
