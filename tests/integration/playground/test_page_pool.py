"""The pool of waiting pages: kept at its size by all who make them together."""

import asyncio
import time

import pytest

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions import pool as pool_module
from playground.sessions.pool import NewPage, PagePool
from tests.support.waiting import wait_until
from tests.support.waiting_pages import PagesOut, a_handle, address_of


@pytest.fixture
def pool(redis: Redis, keys: Keys) -> PagePool:
    return PagePool(redis, keys)


async def begun(pool: PagePool, *, size: int = 10) -> NewPage:
    new = await pool.begin(size=size, per_second=100)
    assert new is not None
    return new


async def test_several_makers_at_once_begin_no_more_pages_than_are_missing(
    redis: Redis, keys: Keys
):
    makers = [PagePool(redis, keys) for _ in range(4)]
    made = await asyncio.gather(*(m.begin(size=3, per_second=100) for m in makers * 5))
    new = [page for page in made if page]
    assert len(new) == 3
    assert await makers[0].sizes() == (0, 3)
    await makers[0].put_out(new[0].slot.id, a_handle(new[0]), address_of(new[0]))
    assert await makers[1].begin(size=3, per_second=100) is None
    assert await makers[1].sizes() == (1, 2)


async def test_several_makers_at_once_begin_no_more_pages_in_a_second_than_the_rate(
    redis: Redis, keys: Keys
):
    makers = [PagePool(redis, keys) for _ in range(4)]
    made = await asyncio.gather(*(m.begin(size=50, per_second=3) for m in makers * 5))
    assert sum(page is not None for page in made) == 3

    async def next_one() -> bool:
        return await makers[0].begin(size=50, per_second=3) is not None

    await wait_until(next_one, "the next second has begun", timeout_s=3)


async def test_after_a_claim_only_a_pool_that_is_more_than_half_empty_is_filled(
    pool: PagePool, redis: Redis, keys: Keys
):
    await redis.set(keys.last_claim(), int(time.time() * 1000), ex=60)
    for _ in range(2):
        assert await pool.begin(size=4, per_second=100, quiet_ms=60_000) is not None
    assert await pool.begin(size=4, per_second=100, quiet_ms=60_000) is None
    assert await pool.begin(size=4, per_second=100) is not None
    await redis.set(keys.last_claim(), int(time.time() * 1000) - 61_000, ex=60)
    assert await pool.begin(size=4, per_second=100, quiet_ms=60_000) is not None


async def test_a_page_waits_once_it_is_put_out_and_not_before(pool: PagePool):
    new = await begun(pool)
    assert await pool.waiting() == []
    assert await pool.slots() == {new.slot.id}
    assert await pool.put_out(new.slot.id, a_handle(new), address_of(new))
    (page,) = await pool.waiting()
    assert (page.slot, page.session_id) == (new.slot.id, new.session_id)
    assert (page.handle, page.url) == (a_handle(new), address_of(new))
    assert await pool.slots() == {new.slot.id}


async def test_a_page_whose_maker_fell_silent_counts_no_more_and_is_not_put_out(
    pool: PagePool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pool_module, "MAKING_MS", -1)
    abandoned = await begun(pool, size=1)
    assert await pool.slots() == set()
    assert await pool.sizes() == (0, 0)
    monkeypatch.setattr(pool_module, "MAKING_MS", 6_000)
    instead = await begun(pool, size=1)
    assert not await pool.put_out(abandoned.slot.id, a_handle(abandoned), address_of(abandoned))
    assert not await pool.keep(abandoned.slot.id)
    assert await pool.slots() == {instead.slot.id}
    assert await pool.waiting() == []


async def test_a_page_that_is_kept_goes_on_being_made(
    pool: PagePool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pool_module, "MAKING_MS", -1)
    new = await begun(pool)
    monkeypatch.setattr(pool_module, "MAKING_MS", 6_000)
    assert await pool.keep(new.slot.id)
    assert await pool.slots() == {new.slot.id}


async def test_only_what_nobody_has_claimed_is_dropped(pool: PagePool, redis: Redis, keys: Keys):
    pages = PagesOut(redis, keys)
    claimed, waiting = await pages.put(2)
    making = await begun(pool)
    await redis.zrem(keys.waiting_pages(), claimed.slot.id)
    slots = [claimed.slot.id, waiting.slot.id, making.slot.id, "slot-that-never-was"]
    assert await pool.drop(slots) == [waiting.slot.id, making.slot.id]
    assert await pool.slots() == set()
    assert await pool.drop(slots) == []


async def test_a_page_that_is_put_out_after_it_was_dropped_does_not_wait(pool: PagePool):
    new = await begun(pool)
    await pool.drop([new.slot.id])
    assert not await pool.put_out(new.slot.id, a_handle(new), address_of(new))
    assert await pool.waiting() == []


async def test_a_page_whose_record_is_gone_is_not_offered(pool: PagePool, redis: Redis, keys: Keys):
    pages = PagesOut(redis, keys)
    gone, there = await pages.put(2)
    await redis.delete(keys.slot(gone.slot.id))
    assert [page.slot for page in await pool.waiting()] == [there.slot.id]
