"""Leases: held by one, renewed while held, free again afterwards."""

import pytest

from playground.redis_connection import Redis
from playground_worker.lease import Leases
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("redis")

KEY = "default:janitor-lease"


async def test_one_holder_at_a_time_and_the_next_one_after_it(redis: Redis) -> None:
    leases = Leases(redis)
    async with leases.held(KEY, ttl_ms=1000) as first:
        async with leases.held(KEY, ttl_ms=1000) as second:
            assert (first, second) == (True, False)
        assert await redis.exists(KEY)
    async with leases.held(KEY, ttl_ms=1000) as third:
        assert third


async def test_a_lease_outlives_its_time_while_it_is_held(redis: Redis) -> None:
    async with Leases(redis).held(KEY, ttl_ms=200):
        low = 200

        async def renewed() -> bool:
            nonlocal low
            left = await redis.pttl(KEY)
            assert left > 0
            risen, low = left > low, min(low, left)
            return risen

        await wait_until(renewed, "its time is set back")


async def test_a_lease_that_somebody_else_has_is_not_released(redis: Redis) -> None:
    leases = Leases(redis)
    assert await leases.take(KEY, "one", ttl_ms=1000)
    assert await leases.take(KEY, "one", ttl_ms=1000)
    assert not await leases.take(KEY, "another", ttl_ms=1000)
    await leases.release(KEY, "another")
    assert await redis.get(KEY) == "one"
    await leases.release(KEY, "one")
