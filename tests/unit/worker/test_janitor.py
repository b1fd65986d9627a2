"""The janitor's looks: what it finds, and what it leaves alone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as RedisIsAway

from playground.clock import now
from playground.conversation.log import ConversationLog
from playground.conversation.model import Door
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import EndReason, Handle, Session, Status, Target
from playground.sessions.page_memory import PageMemory
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.janitor import Janitor
from playground_worker.launchers.protocol import UnitSpec
from playground_worker.lifecycle import Lifecycle
from playground_worker.wiring import Works
from tests.support.launchers import LauncherInMemory
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("redis")

Ask = Callable[..., Awaitable[Session]]
LONG_AGO = now() - timedelta(hours=2)
UNUSED = {"last_active_at": LONG_AGO, "ready_at": LONG_AGO}


@pytest.fixture
def launcher() -> LauncherInMemory:
    return LauncherInMemory()


@pytest.fixture
def works(launcher: LauncherInMemory, works_over: Callable[..., Works]) -> Works:
    return works_over(launcher)


@pytest.fixture
def lifecycle(works: Works) -> Lifecycle:
    return works.lifecycle


@pytest.fixture
def janitor_of(
    launcher: LauncherInMemory, works_over: Callable[..., Works]
) -> Callable[[], Janitor]:
    return lambda: works_over(launcher).janitor


@pytest.fixture
def janitor(janitor_of: Callable[[], Janitor]) -> Janitor:
    return janitor_of()


async def look(janitor: Janitor) -> None:
    await janitor.look()
    await janitor.settled()


async def launched(lifecycle: Lifecycle, store: SessionStore, ask: Ask) -> Session:
    session = await ask()
    await lifecycle.launch(session.id)
    return await store.get(session.id)


async def test_what_pages_hold_is_noted(
    janitor: Janitor,
    lifecycle: Lifecycle,
    store: SessionStore,
    ask: Ask,
    redis: Redis,
    keys: Keys,
) -> None:
    session = await launched(lifecycle, store, ask)
    await ask()  # without a page
    await look(janitor)
    assert await PageMemory(redis, keys).held() == {session.id: 20_000_000}


async def test_a_dead_page_is_launched_again(
    janitor: Janitor,
    lifecycle: Lifecycle,
    launcher: LauncherInMemory,
    store: SessionStore,
    ask: Ask,
) -> None:
    session = await launched(lifecycle, store, ask)
    launcher.kill(session.slot or "")
    await look(janitor)
    after = await store.get(session.id)
    assert after.status is Status.READY
    assert after.slot != session.slot


async def test_a_record_that_is_broken_keeps_no_other_session_waiting(
    janitor: Janitor,
    lifecycle: Lifecycle,
    launcher: LauncherInMemory,
    store: SessionStore,
    slots: SlotStore,
    ask: Ask,
    redis: Redis,
    keys: Keys,
) -> None:
    broken, other = [await launched(lifecycle, store, ask) for _ in range(2)]
    await redis.hset(keys.session(broken.id), "data", "{")
    await slots.open(broken.id)  # by a launch that was killed
    launcher.kill(other.slot or "")
    await look(janitor)
    after = await store.get(other.id)
    assert (after.status, after.slot != other.slot) == (Status.READY, True)
    assert await slots.bound() == {after.slot: other.id}


async def test_a_living_page_is_left_alone_but_for_its_fit(
    janitor: Janitor,
    lifecycle: Lifecycle,
    launcher: LauncherInMemory,
    store: SessionStore,
    ask: Ask,
) -> None:
    session = await launched(lifecycle, store, ask)
    await look(janitor)
    assert await store.get(session.id) == session
    assert launcher.fitted[session.slot or ""][0] == session.id


async def test_a_session_that_idled_longer_than_its_scenario_allows_is_parked(
    janitor: Janitor,
    lifecycle: Lifecycle,
    launcher: LauncherInMemory,
    store: SessionStore,
    ask: Ask,
) -> None:
    session = await launched(lifecycle, store, ask)
    await store.update(session.id, lambda s: s.model_copy(update=UNUSED))
    await look(janitor)
    parked = await store.get(session.id)
    assert (parked.status, parked.url, parked.slot) == (Status.PARKED, None, None)
    assert launcher.units == {}


async def test_a_session_that_was_parked_for_as_long_as_its_conversation_is_kept_ends(
    janitor: Janitor, store: SessionStore, ask: Ask
) -> None:
    recently = await ask(status=Status.PARKED, target=Target.PARKED)
    long_ago = now() - timedelta(days=31)
    session = await ask(status=Status.PARKED, target=Target.PARKED, last_active_at=long_ago)
    await look(janitor)
    ended = await store.get(session.id)
    assert (ended.status, ended.end_reason) == (Status.STOPPED, EndReason.IDLE)
    assert (await store.get(recently.id)).status is Status.PARKED


async def test_a_session_in_the_middle_of_a_turn_is_not_idle(
    redis: Redis,
    keys: Keys,
    janitor: Janitor,
    lifecycle: Lifecycle,
    store: SessionStore,
    ask: Ask,
) -> None:
    session = await launched(lifecycle, store, ask)
    await store.update(session.id, lambda s: s.model_copy(update=UNUSED))
    log = ConversationLog(redis, keys)
    turn = await log.begin_turn(session.id, text="A long question", door=Door.REST)
    await look(janitor)
    assert (await store.get(session.id)).status is Status.READY
    await log.end_turn(session.id, turn.turn, message=None)


async def test_a_stop_whose_job_was_lost_is_carried_out(
    janitor: Janitor, lifecycle: Lifecycle, store: SessionStore, ask: Ask
) -> None:
    session = await launched(lifecycle, store, ask)
    await store.update(session.id, lambda s: s.model_copy(update={"target": Target.STOPPED}))
    await look(janitor)
    assert (await store.get(session.id)).status is Status.STOPPED


async def test_a_launch_whose_job_was_lost_is_carried_out_after_some_patience(
    janitor: Janitor, store: SessionStore, ask: Ask
) -> None:
    fresh, lost = await ask(), await ask(queued_at=now() - timedelta(seconds=5))
    await look(janitor)
    assert (await store.get(fresh.id)).status is Status.QUEUED
    assert (await store.get(lost.id)).status is Status.READY


async def test_a_launch_whose_worker_died_is_taken_over_once_its_lease_is_gone(
    redis: Redis, keys: Keys, janitor: Janitor, store: SessionStore, ask: Ask
) -> None:
    session = await ask(status=Status.STARTING)
    await redis.set(keys.launch_lease(session.id), "somebody", px=60_000)
    await look(janitor)
    assert (await store.get(session.id)).status is Status.STARTING
    await redis.delete(keys.launch_lease(session.id))
    await look(janitor)
    assert (await store.get(session.id)).status is Status.READY


async def test_units_and_slots_that_no_session_wants_are_removed(
    janitor: Janitor,
    lifecycle: Lifecycle,
    launcher: LauncherInMemory,
    slots: SlotStore,
    store: SessionStore,
    ask: Ask,
) -> None:
    wanted = await launched(lifecycle, store, ask)
    forgotten = await slots.open(wanted.id)
    await launcher.launch(UnitSpec(forgotten.id, forgotten.token, wanted.id, "http://x"))
    await slots.open("ses-that-never-was")
    await look(janitor)
    assert list(launcher.units) == [wanted.slot]
    assert await slots.bound() == {wanted.slot: wanted.id}


async def test_a_slot_that_a_launch_has_just_opened_is_kept(
    redis: Redis, keys: Keys, janitor: Janitor, slots: SlotStore, ask: Ask
) -> None:
    session = await ask()
    slot = await slots.open(session.id)
    await redis.set(keys.launch_lease(session.id), "somebody", px=60_000)
    await look(janitor)
    assert await slots.bound() == {slot.id: session.id}
    await slots.close(slot.id)


async def test_one_janitor_acts_and_the_next_takes_over_when_it_leaves(
    janitor_of: Callable[[], Janitor], launcher: LauncherInMemory
) -> None:
    first, second = janitor_of(), janitor_of()
    looks: list[Janitor] = []

    async def noted(janitor: Janitor) -> bool:
        looks.append(janitor)
        return False

    for janitor in (first, second):
        janitor.look = lambda janitor=janitor: noted(janitor)  # pyright: ignore
    one = asyncio.create_task(first.run(0.01))
    await wait_until(lambda: len(looks) > 1, "the first one looks")
    two = asyncio.create_task(second.run(0.01))
    await wait_until(lambda: len(looks) > 5, "it goes on")
    assert set(looks) == {first}
    one.cancel()
    await first.close()
    await wait_until(lambda: second in looks, "the second one looks")
    two.cancel()
    await second.close()


async def test_the_janitor_outlives_an_absence_of_redis(
    janitor: Janitor, launcher: LauncherInMemory
) -> None:
    away = [True, True, False]
    looked = asyncio.Event()

    async def owned() -> list[Handle]:
        if away.pop(0):
            raise RedisIsAway("gone")
        looked.set()
        return []

    launcher.owned = owned
    running = asyncio.create_task(janitor.run(0.01))
    async with asyncio.timeout(5):
        await looked.wait()
    running.cancel()
    await janitor.close()
