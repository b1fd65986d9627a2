"""Whoever is cancelled while it speaks to Redis stops: no cancellation is lost on the way."""

import asyncio

from playground.redis_connection import Redis


async def test_a_reader_that_is_cancelled_at_any_moment_stops(redis: Redis) -> None:
    await redis.ping()

    async def read_for_ever() -> None:
        while True:
            await redis.ping()

    for turns in range(60):
        reader = asyncio.create_task(read_for_ever())
        for _ in range(turns):
            await asyncio.sleep(0)
        reader.cancel()
        done, _ = await asyncio.wait({reader}, timeout=1)
        if not done:
            reader.cancel()
        assert done, f"cancelled after {turns} turns of the loop, it reads on"
        assert reader.cancelled()
