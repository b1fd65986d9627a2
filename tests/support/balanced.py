"""A client's side of several replicas: whoever balances between them knows nothing of MCP."""

import httpx2


class Balanced(httpx2.AsyncBaseTransport):
    """Asks another replica each time, as an edge without affinity does."""

    def __init__(self, *urls: str) -> None:
        self._ports = [httpx2.URL(url).port for url in urls]
        self._transport = httpx2.AsyncHTTPTransport()
        self._asked = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._asked += 1
        port = self._ports[self._asked % len(self._ports)]
        request.url = request.url.copy_with(port=port)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()
