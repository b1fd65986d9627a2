"""Parking: who is idle gives its page back, and nobody who is using one loses it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from playground.clock import now
from playground.conversation.log import ConversationLog
from playground.conversation.model import Door
from playground.errors import Unauthorized
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import EndReason, Session, Status, Target
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker import parking as parking_module
from playground_worker.wiring import Works
from tests.support.launchers import LauncherInMemory

pytestmark = pytest.mark.needs("redis")

Ask = Callable[..., Awaitable[Session]]
Launch = Callable[..., Awaitable[Session]]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No tab is open here that could show the way back."""
    monkeypatch.setattr(parking_module, "_PARTING_S", 0)


@pytest.fixture
def launcher() -> LauncherInMemory:
    return LauncherInMemory()


@pytest.fixture
def works(launcher: LauncherInMemory, works_over: Callable[..., Works]) -> Works:
    return works_over(launcher, parkable_after_s=5, max_lifetime_s=3_600)


@pytest.fixture
def launched(works: Works, ask: Ask) -> Launch:
    """A ready session that was last used so many seconds ago."""

    async def ready(*, idle_s: float = 0, **fields: Any) -> Session:
        session = await ask(**fields)
        await works.lifecycle.launch(session.id)
        moment = now() - timedelta(seconds=idle_s)
        used = {"last_active_at": moment, "ready_at": moment}
        return await works.store.update(session.id, lambda s: s.model_copy(update=used))

    return ready


async def status_of(store: SessionStore, session: Session) -> Status:
    return (await store.get(session.id)).status


async def park(works: Works, session: Session) -> None:
    """What a person's wish to park comes to: the record says so, and a job follows."""
    await works.store.update(session.id, wanted_parked)
    await works.parking.park(session.id)


def wanted_parked(session: Session) -> Session:
    return session.model_copy(update={"target": Target.PARKED})


async def look(works: Works) -> None:
    await works.janitor.look()
    await works.janitor.settled()


async def test_a_parked_session_keeps_everything_but_its_page(
    works: Works, launched: Launch, launcher: LauncherInMemory, slots: SlotStore
) -> None:
    session = await launched(inputs={"product": "phone"}, turns=3, crashes=1)
    await park(works, session)
    parked = await works.store.get(session.id)
    assert (parked.status, parked.target) == (Status.PARKED, Target.PARKED)
    assert (parked.url, parked.slot, parked.handle) == (None, None, None)
    assert (parked.inputs, parked.turns, parked.ended_at) == ({"product": "phone"}, 3, None)
    assert parked.crashes == 0
    assert launcher.units == {}
    with pytest.raises(Unauthorized):
        await slots.session_of(launcher.specs[0].token)


async def test_parking_twice_is_parking_once(
    works: Works, launched: Launch, launcher: LauncherInMemory
) -> None:
    session, other = await launched(), await launched()
    await park(works, session)
    parked = await works.store.get(session.id)
    await works.parking.park(session.id)
    assert await works.store.get(session.id) == parked
    assert set(launcher.units) == {other.slot}


async def test_a_session_that_waits_for_its_page_is_parked_without_one(
    works: Works, ask: Ask, launcher: LauncherInMemory
) -> None:
    session = await ask()
    await park(works, session)
    await works.lifecycle.launch(session.id)
    assert await status_of(works.store, session) is Status.PARKED
    assert launcher.specs == []


async def test_a_session_that_is_starting_is_parked_once_it_is_ready(
    works: Works, ask: Ask, launcher: LauncherInMemory
) -> None:
    session = await ask(status=Status.STARTING)
    await park(works, session)
    assert await status_of(works.store, session) is Status.STARTING
    await look(works)
    await look(works)
    assert await status_of(works.store, session) is Status.PARKED
    assert launcher.units == {}


async def test_a_session_that_is_to_end_is_not_parked(works: Works, launched: Launch) -> None:
    session = await launched(idle_s=7_200)
    await works.store.update(session.id, lambda s: s.model_copy(update={"target": Target.STOPPED}))
    await works.parking.park(session.id)
    await works.parking.park_unused(await works.store.get(session.id))
    assert await status_of(works.store, session) is Status.READY


async def test_a_session_that_was_woken_before_its_park_job_came_keeps_its_page(
    works: Works, launched: Launch
) -> None:
    session = await launched()
    await works.parking.park(session.id)
    assert await works.store.get(session.id) == session


async def test_a_parked_session_can_be_ended(
    works: Works, launched: Launch, slots: SlotStore
) -> None:
    session = await launched()
    await park(works, session)
    await works.lifecycle.stop(session.id)
    ended = await works.store.get(session.id)
    assert (ended.status, ended.end_reason) == (Status.STOPPED, EndReason.USER)
    assert await works.store.live() == []
    assert await slots.bound() == {}


async def test_a_use_in_the_last_moment_keeps_the_page(
    works: Works, launched: Launch, launcher: LauncherInMemory
) -> None:
    seen = await launched(idle_s=7_200)
    await works.store.update(seen.id, lambda s: s.model_copy(update={"last_active_at": now()}))
    await works.parking.park_unused(seen)
    assert await status_of(works.store, seen) is Status.READY
    assert seen.slot in launcher.units


async def test_a_page_that_came_meanwhile_is_not_the_one_that_was_idle(
    works: Works, launched: Launch
) -> None:
    seen = await launched(idle_s=7_200)
    await works.store.update(seen.id, lambda s: s.model_copy(update={"slot": "slot-other"}))
    await works.parking.park_unused(seen)
    assert await status_of(works.store, seen) is Status.READY
    await works.store.update(seen.id, lambda s: s.model_copy(update={"slot": seen.slot}))


async def test_a_page_is_given_back_after_its_longest_life_unless_it_is_in_a_turn(
    works: Works, launched: Launch, redis: Redis, keys: Keys
) -> None:
    old = await launched()
    long_ago = {"ready_at": now() - timedelta(seconds=3_601)}
    await works.store.update(old.id, lambda s: s.model_copy(update=long_ago))
    log = ConversationLog(redis, keys)
    turn = await log.begin_turn(old.id, text="A question", door=Door.REST)
    await look(works)
    assert await status_of(works.store, old) is Status.READY
    await log.end_turn(old.id, turn.turn, message=None)
    await look(works)
    assert await status_of(works.store, old) is Status.PARKED


async def test_a_session_whose_park_job_was_lost_is_parked(works: Works, launched: Launch) -> None:
    session = await launched()
    await works.store.update(session.id, wanted_parked)
    await look(works)
    assert await status_of(works.store, session) is Status.PARKED


async def test_room_is_made_by_the_session_that_was_idle_longest(
    works: Works, launched: Launch
) -> None:
    sessions = [await launched(idle_s=seconds) for seconds in (20, 60, 10)]
    assert await works.parking.make_room(None)
    found = [await status_of(works.store, s) for s in sessions]
    assert found == [Status.READY, Status.PARKED, Status.READY]


async def test_room_is_made_by_no_session_that_is_in_use(
    works: Works, launched: Launch, redis: Redis, keys: Keys
) -> None:
    fresh, answering = await launched(idle_s=1), await launched(idle_s=600)
    log = ConversationLog(redis, keys)
    turn = await log.begin_turn(answering.id, text="A question", door=Door.REST)
    assert not await works.parking.make_room(None)
    assert await status_of(works.store, fresh) is Status.READY
    assert await status_of(works.store, answering) is Status.READY
    await log.end_turn(answering.id, turn.turn, message=None)


async def test_where_a_user_has_too_many_room_is_made_by_one_of_theirs(
    works: Works, launched: Launch
) -> None:
    mine = await launched(idle_s=10, owner="ada")
    other = await launched(idle_s=600, owner="bob")
    assert await works.parking.make_room("ada")
    assert await status_of(works.store, mine) is Status.PARKED
    assert await status_of(works.store, other) is Status.READY
    assert not await works.parking.make_room("ada")


async def test_the_page_of_who_made_room_is_removed_by_the_janitor(
    works: Works,
    launched: Launch,
    launcher: LauncherInMemory,
    slots: SlotStore,
    redis: Redis,
    keys: Keys,
) -> None:
    session = await launched(idle_s=60)
    assert await works.parking.make_room(None)
    assert len(launcher.units) == 1
    await look(works)
    assert launcher.units == {}
    assert await slots.bound() == {}
    assert "its last word" in str(await redis.get(keys.page_log(session.id)))
