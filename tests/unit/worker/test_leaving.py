"""What a worker ends before it goes: alone, or with its whole stack."""

from collections.abc import Awaitable, Callable

import pytest

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import EndReason, Session, Status, Target
from playground.sessions.slots import SlotStore
from playground_worker.leaving import end_sessions, leave_with_stack
from playground_worker.wiring import Works
from tests.support.launchers import LauncherInMemory

pytestmark = pytest.mark.needs("redis")

Ask = Callable[..., Awaitable[Session]]
Over = Callable[..., Works]


async def ready(works: Works, ask: Ask, **fields: object) -> Session:
    session = await ask(**fields)
    await works.lifecycle.launch(session.id)
    return await works.store.get(session.id)


async def status_of(works: Works, session: Session) -> Status:
    return (await works.store.get(session.id)).status


async def test_who_leaves_with_the_stack_parks_sessions_and_removes_pages(
    works_over: Over, ask: Ask, slots: SlotStore
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, pool_size=2)
    used, ends = await ready(works, ask), await ready(works, ask)
    await works.store.update(ends.id, lambda s: s.model_copy(update={"target": Target.STOPPED}))
    queued, starting = await ask(), await ask(status=Status.STARTING)
    await works.pool_keeper.refill()
    await leave_with_stack(works, within_s=5)
    assert launcher.units == {}
    assert await works.pool.slots() == set()
    parked = await works.store.get(used.id)
    assert (parked.status, parked.target, parked.slot) == (Status.PARKED, Target.PARKED, None)
    assert await status_of(works, queued) is Status.QUEUED
    assert await status_of(works, starting) is Status.STARTING

    again = works_over(LauncherInMemory())
    await again.janitor.look()
    await again.janitor.settled()
    assert await status_of(again, ends) is Status.STOPPED
    assert await status_of(again, starting) is Status.READY
    assert await status_of(again, used) is Status.PARKED
    bound = {s: i for s, i in (await slots.bound()).items() if i != starting.id}
    assert bound == {}


async def test_a_worker_that_ends_its_sessions_leaves_those_of_others(
    works_over: Over, ask: Ask
) -> None:
    mine, other = works_over(LauncherInMemory()), works_over(LauncherInMemory())
    here, there, queued = await ready(mine, ask), await ready(other, ask), await ask()
    await end_sessions(mine, others=True, within_s=5)
    ended = await mine.store.get(here.id)
    assert (ended.status, ended.end_reason) == (Status.STOPPED, EndReason.SHUTDOWN)
    assert await status_of(mine, there) is Status.READY
    assert await status_of(mine, queued) is Status.QUEUED
    await end_sessions(other, others=False, within_s=5)
    assert await status_of(other, there) is Status.STOPPED
    assert await status_of(other, queued) is Status.STOPPED


async def test_pages_that_wait_end_with_their_worker_and_cannot_be_claimed(
    works_over: Over,
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, pool_size=1)
    await works.pool_keeper.refill()
    await end_sessions(works, others=False, within_s=5)
    assert launcher.units == {}
    assert await works.pool.waiting() == []


@pytest.mark.parametrize("leave", ["with the stack", "alone"])
async def test_pages_end_also_where_redis_takes_too_long(
    works_over: Over, ask: Ask, leave: str, redis: Redis, keys: Keys
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher)
    session = await ready(works, ask)
    if leave == "alone":
        await end_sessions(works, others=False, within_s=0)
    else:
        await leave_with_stack(works, within_s=0)
    assert launcher.units == {}
    assert await status_of(works, session) is Status.READY


async def test_a_session_that_is_forgotten_meanwhile_holds_up_nobody(
    works_over: Over, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher)
    gone, stays = await ready(works, ask), await ready(works, ask)
    found = await works.store.live()

    async def as_seen_before() -> list[Session]:
        return found

    await works.store.purge(gone.id)
    monkeypatch.setattr(works.store, "live", as_seen_before)
    await leave_with_stack(works, within_s=5)
    assert await status_of(works, stays) is Status.PARKED
    assert launcher.units == {}
