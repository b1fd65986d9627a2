"""A session's way to its page and back, over launchers that fail in every way."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from playground.clock import now
from playground.errors import Unauthorized
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import EndReason, Session, Status, Target
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.launchers.protocol import Condition
from playground_worker.lease import Leases
from playground_worker.lifecycle import LEASE_MS, Lifecycle
from tests.support.launchers import (
    LauncherInMemory,
    LauncherThatIsBroken,
    LauncherThatNeverBecomesReady,
    LauncherThatWaitsForAWord,
    LauncherWhosePagesDieAtOnce,
    LauncherWithoutRoom,
)

pytestmark = pytest.mark.needs("redis")

Ask = Callable[..., Awaitable[Session]]
Over = Callable[..., Lifecycle]
KILLED = Condition(False, "it was ended by SIGKILL")
ENDED = Condition(False, "it ended with code 1")


async def wanted_no_more(store: SessionStore, session: Session) -> None:
    await store.update(
        session.id, lambda s: s.model_copy(update={"target": Target.STOPPED, "end_reason": None})
    )


async def test_a_queued_session_becomes_ready_at_its_address(
    store: SessionStore, slots: SlotStore, ask: Ask, lifecycle_over: Over
) -> None:
    launcher = LauncherInMemory()
    session = await ask()
    await lifecycle_over(launcher).launch(session.id)
    ready = await store.get(session.id)
    assert ready.status is Status.READY
    assert ready.url == f"http://127.0.0.1:{launcher.units[ready.slot or ''].data['port']}/"
    assert ready.launch.mode == "cold"
    assert ready.launch.ms is not None
    assert ready.ready_at is not None
    assert ready.launcher == launcher.name
    assert await slots.session_of(launcher.specs[0].token) == session.id


@pytest.mark.parametrize(
    ("launcher", "reason", "code", "words"),
    [
        (LauncherThatNeverBecomesReady, "launch_timeout", "launch_failed", "within 0.2 s"),
        (LauncherWhosePagesDieAtOnce, "crashed", "launch_failed", "it ended with code 1"),
        (LauncherWithoutRoom, "no_capacity", "no_capacity", "Every port is taken"),
        (LauncherThatIsBroken, "crashed", "launch_failed", "could not be started"),
    ],
)
async def test_a_launch_that_fails_says_why_and_leaves_nothing(
    launcher: type[LauncherInMemory],
    reason: str,
    code: str,
    words: str,
    store: SessionStore,
    slots: SlotStore,
    ask: Ask,
    lifecycle_over: Over,
) -> None:
    session, made = await ask(), launcher()
    await lifecycle_over(made, timeout_s=0.2).launch(session.id)
    failed = await store.get(session.id)
    assert (failed.status, failed.end_reason) == (Status.FAILED, EndReason(reason))
    assert failed.error is not None
    assert failed.error["code"] == code
    assert words in failed.error["detail"]
    assert "/" not in failed.error["detail"]
    assert made.units == {}
    assert await slots.bound() == {}


async def test_a_session_stopped_while_it_starts_ends_stopped(
    store: SessionStore, slots: SlotStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherThatWaitsForAWord()
    lifecycle = lifecycle_over(launcher)
    launching = asyncio.create_task(lifecycle.launch(session.id))
    await launcher.begun.wait()
    await wanted_no_more(store, session)
    launcher.go.set()
    await launching
    ended = await store.get(session.id)
    assert (ended.status, ended.end_reason) == (Status.STOPPED, EndReason.USER)
    assert launcher.units == {}
    assert await slots.bound() == {}


async def test_a_stop_does_not_wait_for_the_launch_it_overtakes(
    store: SessionStore, slots: SlotStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherThatWaitsForAWord()
    lifecycle = lifecycle_over(launcher)
    launching = asyncio.create_task(lifecycle.launch(session.id))
    await launcher.begun.wait()
    await lifecycle.stop(session.id)
    assert (await store.get(session.id)).status is Status.STOPPED
    launcher.go.set()
    await launching
    assert (await store.get(session.id)).status is Status.STOPPED
    assert launcher.units == {}
    assert await slots.bound() == {}


async def test_a_session_wanted_no_more_before_its_launch_is_not_launched(
    store: SessionStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherInMemory()
    await wanted_no_more(store, session)
    await lifecycle_over(launcher).launch(session.id)
    assert (await store.get(session.id)).status is Status.STOPPED
    assert launcher.specs == []


async def test_one_launch_at_a_time_works_on_a_session(
    redis: Redis, keys: Keys, store: SessionStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherInMemory()
    async with Leases(redis).held(keys.launch_lease(session.id), ttl_ms=LEASE_MS) as ours:
        assert ours
        await lifecycle_over(launcher).launch(session.id)
    assert launcher.specs == []
    assert (await store.get(session.id)).status is Status.QUEUED


async def test_a_launch_that_was_cut_short_is_taken_over_and_its_remains_removed(
    store: SessionStore, slots: SlotStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, cut_short = await ask(), LauncherThatWaitsForAWord()
    launching = asyncio.create_task(lifecycle_over(cut_short).launch(session.id))
    await cut_short.begun.wait()
    launching.cancel()
    await asyncio.gather(launching, return_exceptions=True)
    halfway = await store.get(session.id)
    assert halfway.status is Status.STARTING
    assert halfway.slot in await slots.bound()

    await lifecycle_over(LauncherInMemory()).launch(session.id)
    ready = await store.get(session.id)
    assert ready.status is Status.READY
    assert await slots.bound() == {ready.slot: session.id}


async def test_a_launch_asked_for_twice_launches_once(
    store: SessionStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherInMemory()
    await lifecycle_over(launcher).launch(session.id)
    await lifecycle_over(launcher).launch(session.id)
    assert len(launcher.specs) == 1


async def test_a_stopped_session_has_no_page_no_slot_and_a_reason(
    store: SessionStore, slots: SlotStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherInMemory()
    lifecycle = lifecycle_over(launcher)
    await lifecycle.launch(session.id)
    await lifecycle.stop(session.id, EndReason.SHUTDOWN)
    await lifecycle.stop(session.id)
    ended = await store.get(session.id)
    assert (ended.status, ended.end_reason) == (Status.STOPPED, EndReason.SHUTDOWN)
    assert (ended.url, ended.slot, ended.handle) == (None, None, None)
    assert launcher.units == {}
    with pytest.raises(Unauthorized):
        await slots.session_of(launcher.specs[0].token)


async def test_a_page_that_died_comes_back_at_the_same_port(
    store: SessionStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherInMemory()
    lifecycle = lifecycle_over(launcher)
    await lifecycle.launch(session.id)
    before = await store.get(session.id)
    await lifecycle.page_died(before, KILLED)
    after = await store.get(session.id)
    assert after.status is Status.READY
    assert after.url == before.url
    assert after.slot != before.slot
    assert after.crashes == 1
    assert list(launcher.units) == [after.slot]


async def test_the_third_crash_within_ten_minutes_fails_the_session_with_its_cause(
    store: SessionStore, slots: SlotStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherInMemory()
    lifecycle = lifecycle_over(launcher)
    await lifecycle.launch(session.id)
    for _ in range(3):
        await lifecycle.page_died(await store.get(session.id), ENDED)
    failed = await store.get(session.id)
    assert (failed.status, failed.end_reason) == (Status.FAILED, EndReason.CRASHED)
    assert failed.error is not None
    assert "3 times within 10 minutes" in failed.error["detail"]
    assert "it ended with code 1" in failed.error["detail"]
    assert launcher.units == {}
    assert await slots.bound() == {}


async def test_crashes_of_long_ago_are_forgiven(
    store: SessionStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherInMemory()
    lifecycle = lifecycle_over(launcher)
    await lifecycle.launch(session.id)
    long_ago = {"crashes": 2, "crashed_at": now() - timedelta(minutes=11)}
    crashed = await store.update(session.id, lambda s: s.model_copy(update=long_ago))
    await lifecycle.page_died(crashed, KILLED)
    after = await store.get(session.id)
    assert (after.status, after.crashes) == (Status.READY, 1)


async def test_news_of_a_page_that_was_replaced_meanwhile_changes_nothing(
    store: SessionStore, ask: Ask, lifecycle_over: Over
) -> None:
    session, launcher = await ask(), LauncherInMemory()
    lifecycle = lifecycle_over(launcher)
    await lifecycle.launch(session.id)
    old = await store.get(session.id)
    await lifecycle.page_died(old, KILLED)
    await lifecycle.page_died(old, KILLED)
    assert (await store.get(session.id)).crashes == 1
