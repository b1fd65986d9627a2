"""Asking the Docker engine: calls in threads, each with a time limit, errors told apart once."""

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from docker import APIClient
from docker.errors import APIError, DockerException

from playground_worker.launchers.docker.refusals import EngineRefused
from playground_worker.launchers.protocol import LauncherAway

log = logging.getLogger(__name__)

T = TypeVar("T")
Call = Callable[[Any], T]
"""Takes the SDK's client, which is typed in part: an answer is typed where it is read."""

_THREADS = 32
_OUT_OF_SERVICE = (502, 503, 504)
_RESTARTING = re.compile(
    r"containerd\.sock|transport is closing|transport: error|shutting down|context canceled|"
    r"error reading from server|ttrpc: closed",
    re.IGNORECASE,
)
"""What an engine says with a 500 while it comes up or goes down."""


class Engine:
    """One engine. Every call raises EngineRefused for what it refuses, LauncherAway otherwise."""

    def __init__(self, address: str, *, timeout_s: float, slow_timeout_s: float) -> None:
        self._address = address
        self._timeouts_s = {False: timeout_s, True: slow_timeout_s}
        self._threads = ThreadPoolExecutor(_THREADS, "docker")
        self._lock = threading.Lock()
        self._clients: dict[bool, APIClient] = {}

    async def ask(self, call: Call[T], *, slow: bool = False) -> T:
        """What *call* returns. *slow*: it may take longer than a look (making, starting)."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._ask, call, slow)

    def close(self) -> None:
        """Close the connections; calls in hand end by themselves."""
        self._threads.shutdown(wait=False)
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _ask(self, call: Call[T], slow: bool) -> T:
        try:
            return call(self._client(slow))
        except APIError as error:
            refused = EngineRefused(error.status_code or 500, _words(error))
            if self._is_restarting(refused):
                raise _away(error) from error
            raise refused from error
        # ValueError: an answer that ended in its middle is no JSON.
        except (OSError, DockerException, ValueError) as error:
            raise _away(error) from error

    def _client(self, slow: bool) -> APIClient:
        """Made when it is first needed: it asks the engine which version it speaks."""
        with self._lock:
            if slow not in self._clients:
                known = self._clients.get(not slow)
                self._clients[slow] = APIClient(
                    base_url=self._address,
                    version=known.api_version if known else "auto",
                    timeout=cast(int, self._timeouts_s[slow]),  # it takes a float as well
                    max_pool_size=_THREADS,
                )
            return self._clients[slow]

    def _is_restarting(self, refused: EngineRefused) -> bool:
        if refused.status in _OUT_OF_SERVICE:
            return True
        return refused.status >= 500 and bool(_RESTARTING.search(refused.words))


def _words(error: APIError) -> str:
    return str(error.explanation or error)


def _away(error: Exception) -> LauncherAway:
    log.debug("the Docker engine does not answer: %r", error)
    return LauncherAway(
        "The Docker engine does not answer: it is not running, or the worker may not use its "
        "socket (PLAYGROUND_DOCKER_HOST)."
    )
