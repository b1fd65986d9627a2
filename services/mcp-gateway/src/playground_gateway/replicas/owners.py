"""Which replica has what only one of them can have: a lease in Redis, renewed by the one that does.

So it is with a session's page, one script session for everybody (mux/), and with the session of an
MCP client of 2025-11-25, which is a stream to one process.
"""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from redis.exceptions import RedisError

from playground.redis_connection import Redis

log = logging.getLogger(__name__)

LEASE_S = 10.0
_RENEWED_EVERY_S = LEASE_S / 4
_SURE_FOR_S = LEASE_S / 2
"""Within this time after the lease was renewed, Redis need not be asked whose the page is."""

_CLAIM = """
local told = redis.call('GET', KEYS[1])
if told and told ~= ARGV[1] then return told end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
"""
_TAKE = """
local told = redis.call('GET', KEYS[1])
if told == ARGV[1] then redis.call('DEL', KEYS[1]) end
return told
"""

Key = Callable[[str], str]
InUse = Callable[[], Iterable[str]]
Leave = Callable[[str], Awaitable[None]]


class Owners:
    """Says where something is, and keeps the leases of what this replica has.

    *key*: the lease's, by the name of what is leased. *address*: where the other replicas reach
    this one. *in_use*: what is open here; *leave* closes what went to another.
    """

    def __init__(
        self, redis: Redis, key: Key, *, address: str, in_use: InUse, leave: Leave
    ) -> None:
        self._redis = redis
        self._key = key
        self._address = address
        self._lease = json.dumps({"replica": secrets.token_hex(8), "address": address})
        self._in_use = in_use
        self._leave = leave
        self._own: dict[str, float] = {}
        """When the lease was claimed last, by name."""
        self._claim_one = redis.register_script(_CLAIM)
        self._take_one = redis.register_script(_TAKE)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Renew leases for the block, and give all of them up in its end."""
        renewing = asyncio.create_task(self._keep_renewing(), name="leases")
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            await asyncio.gather(*map(self._give_up, list(self._own)), return_exceptions=True)

    async def elsewhere(self, name: str) -> str | None:
        """The address of the replica that has it; None where it is this one, from now on."""
        if time.monotonic() - self._own.get(name, float("-inf")) < _SURE_FOR_S:
            return None
        told = await self._claim(name)
        if not told:
            return None
        address = str(json.loads(told)["address"])
        if address == self._address:  # of a process that was here before this one
            await self._take(name, told)
            return await self.elsewhere(name)
        return address

    async def known(self, name: str) -> str | None:
        """The address of the other replica that has it; None where none has."""
        told = await self._redis.get(self._key(name))
        address = str(json.loads(told)["address"]) if told else None
        return None if address == self._address else address

    async def gone(self, name: str, address: str) -> None:
        """Nobody answers at *address* any more: it is whose it will be asked for next."""
        told = await self._redis.get(self._key(name))
        if told and json.loads(told)["address"] == address:
            log.info("the gateway at %s is gone; what it had is taken over", address)
            await self._take(name, str(told))

    async def _claim(self, name: str) -> str:
        """The lease that another has; empty where this replica has it, for LEASE_S from now on."""
        asked_at = time.monotonic()
        key, milliseconds = self._key(name), round(LEASE_S * 1000)
        told = str(await self._claim_one(keys=[key], args=[self._lease, milliseconds]))
        if not told:
            self._own[name] = asked_at
        return told

    async def _take(self, name: str, lease: str) -> None:
        await self._take_one(keys=[self._key(name)], args=[lease])

    async def _give_up(self, name: str) -> None:
        self._own.pop(name, None)
        await self._take(name, self._lease)

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(_RENEWED_EVERY_S)
            used = set(self._in_use())
            for name, since in list(self._own.items()):
                try:
                    if name in used:
                        await self._renew(name)
                    elif time.monotonic() - since > LEASE_S:
                        await self._give_up(name)
                except RedisError:
                    log.warning("a lease could not be renewed: Redis does not answer")

    async def _renew(self, name: str) -> None:
        if await self._claim(name):
            log.warning("another gateway has taken over %s", name)
            self._own.pop(name, None)
            await self._leave(name)
