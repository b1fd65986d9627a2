"""The warm pool: kept at its size, and rid of what nobody should be given."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from playground.errors import SessionNotReady
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions import pool as pool_module
from playground.sessions.claims import Claims
from playground.sessions.model import Handle, Session, Status, new_session
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker import pool_keeper as pool_keeper_module
from playground_worker.launchers.protocol import UnitSpec
from playground_worker.wiring import Works
from tests.support.launchers import (
    LauncherInMemory,
    LauncherThatIsBroken,
    LauncherThatWaitsForAWord,
    LauncherWithoutRoom,
)
from tests.support.waiting import wait_until
from tests.support.waiting_pages import PagesOut

pytestmark = pytest.mark.needs("redis")

Over = Callable[..., Works]


def a_session(session_id: str) -> Session:
    return new_session(session_id=session_id, principal=LOCAL, scenario="any", title="T", model="m")


@pytest.fixture
def pages(redis: Redis, keys: Keys) -> PagesOut:
    return PagesOut(redis, keys)


@pytest.fixture
def claims(store: SessionStore, pages: PagesOut) -> Claims:
    return Claims(store, pages.pool)


async def look(works: Works) -> None:
    await works.janitor.look()
    await works.janitor.settled()


async def test_the_pool_is_filled_with_pages_that_are_ready_and_bound_to_nobody(
    works_over: Over, slots: SlotStore
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, pool_size=3)
    await look(works)
    assert await works.pool.sizes() == (3, 0)
    assert len(launcher.probed) == 3
    waiting = await works.pool.waiting()
    assert {page.slot for page in waiting} == set(launcher.units)
    assert {page.session_id for page in waiting} == {spec.session_id for spec in launcher.specs}
    with pytest.raises(SessionNotReady):
        await slots.session_of(launcher.specs[0].token)
    await look(works)
    assert len(launcher.specs) == 3


async def test_two_workers_make_no_more_pages_than_one(works_over: Over) -> None:
    one, other = LauncherThatWaitsForAWord(), LauncherThatWaitsForAWord()
    both = [works_over(launcher, pool_size=3) for launcher in (one, other)]
    for works in both:
        await works.janitor.look()
    await one.begun.wait()
    one.go.set()
    other.go.set()
    for works in both:
        await works.janitor.settled()
    assert await both[0].pool.sizes() == (3, 0)
    assert len(one.specs) + len(other.specs) == 3


async def test_a_page_that_was_claimed_is_replaced_and_its_own_is_left_alone(
    works_over: Over, claims: Claims, pages: PagesOut
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, pool_size=2)
    await look(works)
    await pages.beat()
    session = await claims.new(a_session)
    assert session.status is Status.READY
    await look(works)
    assert await works.pool.sizes() == (2, 0)
    assert session.slot in launcher.units
    assert len(launcher.units) == 3
    assert await works.store.get(session.id) == session


async def test_pages_that_died_are_replaced(works_over: Over, slots: SlotStore) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, pool_size=2)
    await look(works)
    died, lives = await works.pool.waiting()
    launcher.kill(died.slot)
    await look(works)
    await look(works)
    waiting = {page.slot for page in await works.pool.waiting()}
    assert lives.slot in waiting
    assert died.slot not in waiting
    assert len(waiting) == 2
    assert set(launcher.units) == waiting == set(await slots.bound())


async def test_pages_made_of_something_older_are_replaced(works_over: Over) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, pool_size=2)
    await look(works)
    old = set(launcher.units)
    launcher.config = "another image"
    await look(works)
    await look(works)
    assert await works.pool.sizes() == (2, 0)
    assert not old & set(launcher.units)


@pytest.mark.parametrize("size", [1, 0])
async def test_pages_that_are_too_many_are_removed(works_over: Over, size: int) -> None:
    launcher = LauncherInMemory()
    await look(works_over(launcher, pool_size=3))
    smaller = works_over(launcher, pool_size=size)
    await look(smaller)
    assert await smaller.pool.sizes() == (size, 0)
    assert len(launcher.units) == size


async def test_an_unfit_page_that_was_claimed_in_the_last_moment_is_not_removed(
    works_over: Over, claims: Claims, pages: PagesOut
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, pool_size=1)
    await look(works)
    await pages.beat()
    seen = await works.pool.waiting()
    session = await claims.new(a_session)
    assert await works.pool_keeper.drop_unfit(seen, {}) == []
    assert session.slot in launcher.units


async def test_after_a_failure_pages_are_made_again_ever_more_seldom(
    works_over: Over, slots: SlotStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(pool_keeper_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    launcher = LauncherWithoutRoom()
    keeper = works_over(launcher, pool_size=1, pool_refill_per_s=100).pool_keeper
    pauses: list[float] = []
    for _ in range(8):
        assert await keeper.missing() == 1
        await keeper.refill()
        begun = clock[0]
        while await keeper.missing() == 0:
            clock[0] += 0.5
        pauses.append(clock[0] - begun)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert len(launcher.specs) == 8
    assert await slots.bound() == {}


async def test_a_page_that_was_made_ends_the_pause(
    works_over: Over, monkeypatch: pytest.MonkeyPatch
) -> None:
    class LauncherThatFailsOnce(LauncherInMemory):
        async def launch(self, spec: UnitSpec) -> Handle:
            if not self.specs:
                self.specs.append(spec)
                return await LauncherWithoutRoom().launch(spec)
            return await super().launch(spec)

    clock = [100.0]
    monkeypatch.setattr(pool_keeper_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    keeper = works_over(LauncherThatFailsOnce(), pool_size=3).pool_keeper
    await keeper.refill()
    assert await keeper.missing() == 0
    clock[0] += 1
    await keeper.refill()
    assert await keeper.missing() == 2


async def test_a_page_whose_making_fails_in_an_unforeseen_way_is_begun_anew_once_it_is_given_up(
    works_over: Over, slots: SlotStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "MAKING_MS", 50)
    broken = LauncherThatIsBroken()
    works = works_over(broken, pool_size=1)
    await look(works)
    assert len(broken.specs) == 1

    async def given_up() -> bool:
        return await works.pool.slots() == set()

    await wait_until(given_up, "the page counts as abandoned")
    healthy = works_over(LauncherInMemory(), pool_size=1)
    await look(healthy)
    assert await healthy.pool.sizes() == (1, 0)
    await healthy.janitor._close_forgotten_slots()  # pyright: ignore
    assert len(await slots.bound()) == 1


async def test_a_page_that_took_so_long_that_it_was_given_up_is_removed(
    works_over: Over, redis: Redis, keys: Keys, slots: SlotStore
) -> None:
    launcher = LauncherThatWaitsForAWord()
    works = works_over(launcher, pool_size=1)
    refilling = asyncio.create_task(works.pool_keeper.refill())
    await launcher.begun.wait()
    await redis.delete(keys.pages_in_making())
    launcher.go.set()
    await refilling
    assert launcher.units == {}
    assert await slots.bound() == {}
    assert await works.pool.sizes() == (0, 0)


async def test_a_page_that_is_long_in_making_is_kept(
    works_over: Over, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_module, "MAKING_MS", 300)
    monkeypatch.setattr(pool_keeper_module, "MAKING_MS", 200)
    launcher = LauncherThatWaitsForAWord()
    works = works_over(launcher, pool_size=1)
    refilling = asyncio.create_task(works.pool_keeper.refill())
    await launcher.begun.wait()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await wait_until(lambda: loop.time() - begun > 0.5, "longer than a silent maker is given")
    assert await works.pool.sizes() == (0, 1)
    launcher.go.set()
    await refilling
    assert await works.pool.sizes() == (1, 0)
