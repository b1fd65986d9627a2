"""The chat backends behind one name: each is asked by itself, so that their numbers add up."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx

log = logging.getLogger(__name__)

_ANSWER_WITHIN = httpx.Timeout(4, connect=1)

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


async def addresses_of(host: str, port: int) -> Sequence[str]:
    """The addresses that the name *host* has, of one family: one replica may have one of each."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        log.debug("figures: %s is no name that is known here: %s", host, error)
        return []
    return sorted({str(at[0]) for family, *_, at in found if family == found[0][0]})


class ChatBackends:
    """Asks them. To be entered before, and left when nobody asks any more."""

    def __init__(self, url: str, resolve: Resolve = addresses_of) -> None:
        self._url = httpx.URL(url)
        self._resolve = resolve
        # They answer to loopback names alone.
        self._client = httpx.AsyncClient(
            headers={"Host": "localhost"},
            timeout=_ANSWER_WITHIN,
            trust_env=False,
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def one(self, path: str) -> httpx.Response | None:
        """The answer of any of them."""
        return await self._asked(self._url, path)

    async def each(self, path: str) -> dict[str, httpx.Response | None]:
        """The answer of each that the name leads to, by its address; None where it gave none."""
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        found = await self._resolve(self._url.host, port)
        answers = (self._asked(self._url.copy_with(host=address), path) for address in found)
        return dict(zip(found, await asyncio.gather(*answers), strict=True))

    async def _asked(self, url: httpx.URL, path: str) -> httpx.Response | None:
        secure = {"sni_hostname": self._url.host}
        try:
            answer = await self._client.get(url.join(path), extensions=secure)
        except httpx.HTTPError as error:
            log.debug("figures: %s did not tell %s: %s", url, path, type(error).__name__)
            return None
        return answer if answer.is_success else None
