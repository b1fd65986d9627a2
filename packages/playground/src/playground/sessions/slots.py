"""Slots: one page process each, and the session that is bound to it.

A page is started without knowing its session and asks by its token (late binding); only a hash of
the token is kept.
"""

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import cast

from playground.errors import SessionNotReady, Unauthorized
from playground.identifiers import new_id
from playground.keys import Keys
from playground.redis_connection import Redis


@dataclass(frozen=True)
class Slot:
    """A new slot and the bearer token of its page, which is told to nobody else."""

    id: str
    token: str = field(repr=False)

    @property
    def token_sha256(self) -> str:
        """What is kept of the token."""
        return _digest(self.token)


def new_slot() -> Slot:
    """A slot that nobody has heard of yet."""
    slot_id = new_id("slot")
    return Slot(slot_id, f"{slot_id}.{secrets.token_urlsafe(32)}")


class SlotStore:
    """Which session the page of a slot shows."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys

    async def open(self, session_id: str) -> Slot:
        """A new slot, bound to *session_id*."""
        slot = new_slot()
        fields = ["token_sha256", slot.token_sha256, "session_id", session_id]
        await self._redis.hset(self._keys.slot(slot.id), items=fields)
        return slot

    async def session_of(self, token: str) -> str:
        """The session bound to the slot whose page holds *token*.

        Raises Unauthorized, and SessionNotReady for a page that waits for its session.
        """
        slot_id = token.partition(".")[0]
        kept, session_id = await cast(
            Awaitable[list[str | None]],
            self._redis.hmget(self._keys.slot(slot_id), ["token_sha256", "session_id"]),
        )
        if kept is None or not hmac.compare_digest(kept, _digest(token)):
            raise Unauthorized("This page's token is not, or no longer, valid.")
        if session_id is None:
            raise SessionNotReady("This page waits for a session.")
        return session_id

    async def bound(self) -> dict[str, str | None]:
        """Every open slot and its session, None for a page that waits: it walks over all keys."""
        prefix = self._keys.slot("")
        names = cast(AsyncIterator[str], self._redis.scan_iter(f"{prefix}*"))
        slots = [name.removeprefix(prefix) async for name in names]
        found: dict[str, str | None] = {}
        for slot in slots:
            found[slot] = await self.session_in(slot)
        return found

    async def session_in(self, slot_id: str) -> str | None:
        """The session bound to the slot, if there is one."""
        asked = self._redis.hget(self._keys.slot(slot_id), "session_id")
        return await cast(Awaitable[str | None], asked)

    async def close(self, slot_id: str) -> None:
        """Forget a slot: its page's token is worth nothing from now on."""
        await self._redis.delete(self._keys.slot(slot_id))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
