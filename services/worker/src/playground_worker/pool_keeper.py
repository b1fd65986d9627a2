"""The warm pool, kept at its size: a page begun for each one missing, the unfit ones taken out."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence

from redis.exceptions import RedisError

from playground.errors import LaunchFailed, PlaygroundError
from playground.sessions.model import Handle
from playground.sessions.pool import MAKING_MS, NewPage, PagePool, WaitingPage
from playground_worker.launchers.protocol import Allowance, Condition, UnitSpec
from playground_worker.pages import Pages

log = logging.getLogger(__name__)

_LONGEST_PAUSE_S = 30.0


class PoolKeeper:
    """Keeps *size* pages waiting, all workers together. May raise redis-py's errors."""

    def __init__(
        self, pool: PagePool, pages: Pages, *, size: int, per_second: int, quiet_s: float = 0
    ) -> None:
        self._pool = pool
        self._pages = pages
        self._size = size
        self._per_second = per_second
        self._quiet_ms = round(quiet_s * 1000)
        self._pause_s = 0.0
        self._not_before = 0.0

    async def missing(self) -> int:
        """How many pages are to be begun now: none for a while after a failure."""
        if self._size == 0 or time.monotonic() < self._not_before:
            return 0
        waiting, making = await self._pool.sizes()
        return max(0, self._size - waiting - making)

    async def refill(self) -> None:
        """Make one page and let it wait, if one is missing."""
        new = await self._pool.begin(
            size=self._size, per_second=self._per_second, quiet_ms=self._quiet_ms
        )
        if new is None:
            return
        keeping = asyncio.create_task(self._keep(new.slot.id))
        try:
            await self._make(new)
        except PlaygroundError as error:
            self._pause_s = min(max(self._pause_s * 2, 1.0), _LONGEST_PAUSE_S)
            self._not_before = time.monotonic() + self._pause_s
            log.warning("no page could be made to wait: %s", error.detail)
            await self._pool.drop([new.slot.id])
            await self._pages.give_back(new.slot.id, None)
        else:
            self._pause_s = 0.0
        finally:
            keeping.cancel()

    async def drop_unfit(
        self, waiting: Sequence[WaitingPage], conditions: Mapping[str, Condition]
    ) -> list[Handle]:
        """Take out pages that died, that are outdated or too many; they are to be removed."""
        config = self._pages.launcher.config
        fit = [
            page
            for page in waiting
            if conditions.get(page.slot, Condition(alive=False)).alive
            and page.handle.data.get("config") == config
        ]
        kept = {page.slot for page in fit[: self._size]}
        unfit = [page for page in waiting if page.slot not in kept]
        dropped = await self._pool.drop([page.slot for page in unfit])
        return [page.handle for page in unfit if page.slot in dropped]

    async def _make(self, new: NewPage) -> None:
        async def still_wanted(_: Handle) -> None:
            if not await self._pool.keep(new.slot.id):
                raise LaunchFailed("The page took so long to begin that it was given up.")

        spec = UnitSpec(
            new.slot.id, new.slot.token, new.session_id, self._pages.chat_url, Allowance()
        )
        handle = await self._pages.make(spec, still_wanted)
        if not await self._pool.put_out(new.slot.id, handle, self._pages.address(handle)):
            raise LaunchFailed("The page took so long that it was given up.")

    async def _keep(self, slot: str) -> None:
        while True:
            await asyncio.sleep(MAKING_MS / 4000)
            try:
                await self._pool.keep(slot)
            except RedisError as error:
                log.warning("a page in making could not be kept: %s", error)
