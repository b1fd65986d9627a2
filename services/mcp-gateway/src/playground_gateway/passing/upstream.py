"""The HTTP client by which requests are passed on: aiohttp's, whose parser is written in C.

httpx takes several times its processor time for a request, and more with every connection
(docs/adr/0016).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp

_CONNECTS_WITHIN_S = 3
_KEPT_FOR_S = 4
"""Less than the 5 s after which usual servers close, so that no request meets its closing."""
_LONGEST_HEADER = 64 * 1024
_OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


@dataclass(frozen=True)
class Wanted:
    """A request as it is to be made. Headers that are not here are not made up."""

    method: str
    url: str
    headers: Iterable[tuple[bytes, bytes]]
    body: bytes


class Upstream:
    """Kept connections to whoever is asked. No redirect is followed, no cookie or proxy known.

    A server may be silent while it works: who asks decides how long to wait.
    """

    def __init__(self, *, verify: bool = True) -> None:
        self._verify = verify
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of all connections."""
        if self._session is not None:
            await self._session.close()

    async def ask(self, wanted: Wanted) -> aiohttp.ClientResponse:
        """The answer, its body yet to be read, as it was sent. Raises what `FAILURES` names."""
        if self._session is None:  # a loop runs only now
            self._session = _session(verify=self._verify)
        return await self._session.request(
            wanted.method,
            wanted.url,
            headers=[(name.decode("ascii"), _text(value)) for name, value in wanted.headers],
            data=wanted.body or None,
            allow_redirects=False,
        )


FAILURES = (aiohttp.ClientError, OSError, ValueError)
"""No connection, one that broke off, no HTTP, or a request that cannot be made."""


def _session(*, verify: bool) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0, keepalive_timeout=_KEPT_FOR_S, use_dns_cache=False, ssl=verify
        ),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECTS_WITHIN_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_OWN_HEADERS,
        trust_env=False,
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
    )


def _text(value: bytes) -> str:
    """aiohttp writes UTF-8; nothing that a client sends may be a reason to fail."""
    return value.decode("utf-8", "replace")
