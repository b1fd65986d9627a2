"""A page's files, health and uploads, passed on as bytes."""

import logging
from collections.abc import AsyncGenerator

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from playground.errors import SessionNotReady
from playground_gateway.pages.headers import answered, asked
from playground_http.problems import problem_response

log = logging.getLogger(__name__)

LARGEST_UPLOAD = 201 * 1024 * 1024
"""Bytes: Streamlit's own limit for a file, and what stands around it."""

_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=4)
"""Kept for less than the 5 s after which usual servers close: an upload cannot be asked again."""
_TIMES = httpx.Timeout(60, connect=3)


class PageFiles:
    """Asks pages over HTTP for whoever asks the door."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(
            timeout=_TIMES, limits=_LIMITS, trust_env=False, follow_redirects=False
        )

    async def close(self) -> None:
        """Let go of the pages."""
        await self._client.aclose()

    async def pass_on(
        self, scope: Scope, receive: Receive, send: Send, *, page: str, path: str, below: str
    ) -> None:
        """Answer with what the page at *page* says to *path*; *below*: where the browser sees it.

        Where the page does not answer, that is a problem `session_not_ready`.
        """
        request = Request(scope, receive)
        url = httpx.URL(f"{page}{path}")
        if scope["query_string"]:
            url = url.copy_with(query=scope["query_string"])
        headers = asked(scope["headers"], request.headers.get("host", "localhost"))
        body = request.stream() if request.method not in ("GET", "HEAD", "OPTIONS") else None
        wanted = self._client.build_request(request.method, url, headers=headers, content=body)
        try:
            answer = await self._client.send(wanted, stream=True)
        except ClientDisconnect:
            return
        except httpx.HTTPError as error:
            log.info("a page does not answer: %s", type(error).__name__)
            refused = SessionNotReady("The session's page does not answer now.")
            await problem_response(refused)(scope, receive, send)
            return
        try:
            await _answer(answer, send, below)
        finally:
            await answer.aclose()


async def _answer(answer: httpx.Response, send: Send, below: str) -> None:
    headers = [(name.lower(), value) for name, value in answer.headers.raw]
    told = answered(headers, below)
    await send({"type": "http.response.start", "status": answer.status_code, "headers": told})
    async for piece in _pieces(answer):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _pieces(answer: httpx.Response) -> AsyncGenerator[bytes]:
    """As they came: compressed ones stay so."""
    async for piece in answer.aiter_raw():
        yield piece
