"""Launches where only so many sessions may have a page."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from playground.clock import now
from playground.sessions.model import EndReason, Session, Status, Target
from playground.sessions.store import SessionStore
from playground_worker.lifecycle import QUEUE_PATIENCE
from playground_worker.wiring import Works
from tests.support.launchers import LauncherInMemory

pytestmark = pytest.mark.needs("redis")

Ask = Callable[..., Awaitable[Session]]
Over = Callable[..., Works]
IDLE = now() - timedelta(minutes=1)


async def ready(works: Works, ask: Ask, **fields: object) -> Session:
    session = await ask(**fields)
    await works.lifecycle.launch(session.id)
    found = await works.store.get(session.id)
    assert found.status is Status.READY
    return found


async def idle(works: Works, ask: Ask, **fields: object) -> Session:
    session = await ready(works, ask, **fields)
    moments = {"last_active_at": IDLE, "ready_at": IDLE}
    return await works.store.update(session.id, lambda s: s.model_copy(update=moments))


async def look(works: Works) -> None:
    await works.janitor.look()
    await works.janitor.settled()


async def test_a_session_for_which_there_is_no_place_stays_queued_and_nothing_is_begun(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, max_sessions=1)
    await ready(works, ask)
    late = await ask()
    await works.lifecycle.launch(late.id)
    assert await store.get(late.id) == late
    assert len(launcher.specs) == 1


async def test_room_is_made_for_it_where_another_is_idle(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, max_sessions=2)
    first, second = await idle(works, ask), await ready(works, ask)
    late = await ask()
    await works.lifecycle.launch(late.id)
    assert (await store.get(late.id)).status is Status.READY
    assert (await store.get(first.id)).status is Status.PARKED
    assert (await store.get(second.id)).status is Status.READY
    await look(works)
    assert len(launcher.units) == 2


async def test_a_user_who_has_all_places_gives_up_one_of_theirs(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    works = works_over(LauncherInMemory(), max_sessions=5, max_sessions_per_user=1)
    other, mine = await idle(works, ask, owner="bob"), await idle(works, ask, owner="ada")
    late = await ask(owner="ada")
    await works.lifecycle.launch(late.id)
    assert (await store.get(late.id)).status is Status.READY
    assert (await store.get(mine.id)).status is Status.PARKED
    assert (await store.get(other.id)).status is Status.READY


async def test_who_waited_in_vain_fails_with_words_to_act_on(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    works = works_over(LauncherInMemory(), max_sessions=1)
    await ready(works, ask)
    impatient = await ask(queued_at=now() - QUEUE_PATIENCE - timedelta(seconds=1))
    patient = await ask(queued_at=now() - QUEUE_PATIENCE + timedelta(seconds=30))
    await look(works)
    failed = await store.get(impatient.id)
    assert (failed.status, failed.end_reason) == (Status.FAILED, EndReason.NO_CAPACITY)
    assert failed.error is not None
    assert failed.error["code"] == "no_capacity"
    assert "PLAYGROUND_MAX_SESSIONS" in failed.error["detail"]
    assert (await store.get(patient.id)).status is Status.QUEUED
    assert await store.queue() == [patient.id]


async def test_a_place_that_becomes_free_is_given_to_who_waits(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    works = works_over(LauncherInMemory(), max_sessions=1)
    first = await ready(works, ask)
    late = await ask(queued_at=now() - timedelta(seconds=10))
    await look(works)
    assert (await store.get(late.id)).status is Status.QUEUED
    await works.lifecycle.stop(first.id)
    await look(works)
    assert (await store.get(late.id)).status is Status.READY


async def test_a_page_that_died_where_its_place_was_taken_waits_for_another(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher, max_sessions=1)
    session = await ready(works, ask)
    crashed = {"slot": session.slot, "queued_at": now() - timedelta(seconds=10)}
    await store.update(session.id, lambda s: s.moved(Status.QUEUED, url=None, **crashed))
    other = await ready(works_over(launcher, max_sessions=1), ask)
    await look(works)
    assert (await store.get(session.id)).status is Status.QUEUED
    await works.lifecycle.stop(other.id)
    await look(works)
    back = await store.get(session.id)
    assert back.status is Status.READY
    assert list(launcher.units) == [back.slot]


async def test_a_launch_that_was_cut_short_and_is_to_be_parked_comes_to_an_end(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    launcher = LauncherInMemory()
    works = works_over(launcher)
    session = await ask(status=Status.STARTING, target=Target.PARKED)
    for _ in range(2):
        await look(works)
    assert (await store.get(session.id)).status is Status.PARKED
    assert launcher.units == {}
