"""Pages from their unit to their readiness and back, where launchers are away or pages die."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast

import pytest

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import EndReason, Handle, Session, Status
from playground.sessions.store import SessionStore
from playground_worker import pages as pages_module
from playground_worker.launchers.protocol import Condition, LauncherAway, UnitSpec
from playground_worker.wiring import Works
from tests.support.launchers import (
    LauncherInMemory,
    LauncherThatIsAwayAtFirst,
    LauncherWhosePagesDieAtOnce,
)

pytestmark = pytest.mark.needs("redis")

Ask = Callable[..., Awaitable[Session]]
Over = Callable[..., Works]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_module, "_ASK_AGAIN_S", 0.01)
    monkeypatch.setattr(pages_module, "_READ_LOG_WITHIN_S", 0.1)


class LauncherThatForgetsItsUnits(LauncherThatIsAwayAtFirst):
    """As an engine that dies in the middle: the unit was begun, and nobody heard of it."""

    async def launch(self, spec: UnitSpec) -> Handle:
        if self.refusals > 0:
            await LauncherInMemory.launch(self, spec)
        return await super().launch(spec)


class LauncherWhosePagesNeedTooMuch(LauncherWhosePagesDieAtOnce):
    async def inspect(self, handles: Sequence[Handle]) -> Mapping[str, Condition]:
        words = "it needed more memory than 64 MiB"
        return {h.slot: Condition(False, words, out_of_memory=True) for h in handles}


class LauncherWithoutLogs(LauncherInMemory):
    async def read_log(self, handle: Handle, lines: int) -> str:
        raise LauncherAway(f"The engine does not show {lines} lines of {handle.slot}.")


class LauncherWhoseLogsNeverCome(LauncherInMemory):
    async def read_log(self, handle: Handle, lines: int) -> str:
        await asyncio.Event().wait()
        return await super().read_log(handle, lines)


async def log_kept(redis: Redis, keys: Keys, session: Session) -> str | None:
    return cast(str | None, await redis.get(keys.page_log(session.id)))


@pytest.mark.parametrize("kind", [LauncherThatIsAwayAtFirst, LauncherThatForgetsItsUnits])
async def test_a_launcher_that_is_away_for_a_moment_is_waited_for(
    works_over: Over, ask: Ask, store: SessionStore, kind: type[LauncherThatIsAwayAtFirst]
) -> None:
    session, launcher = await ask(), kind(refusals=3)
    await works_over(launcher).lifecycle.launch(session.id)
    ready = await store.get(session.id)
    assert ready.status is Status.READY
    assert list(launcher.units) == [ready.slot]


async def test_a_launcher_that_stays_away_ends_the_launch_in_its_words(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    session, launcher = await ask(), LauncherThatIsAwayAtFirst(refusals=1_000_000)
    await works_over(launcher, launch_timeout_s=0.2).lifecycle.launch(session.id)
    failed = await store.get(session.id)
    assert (failed.status, failed.end_reason) == (Status.FAILED, EndReason.LAUNCH_TIMEOUT)
    assert failed.error is not None
    assert failed.error["detail"] == (
        "The page was not ready within 0.2 s. The engine does not answer."
    )


async def test_a_page_that_needs_too_much_memory_to_start_says_so(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    session = await ask()
    await works_over(LauncherWhosePagesNeedTooMuch()).lifecycle.launch(session.id)
    failed = await store.get(session.id)
    assert (failed.status, failed.end_reason) == (Status.FAILED, EndReason.OUT_OF_MEMORY)
    assert failed.error is not None
    assert "more memory than 64 MiB" in failed.error["detail"]


async def test_a_page_that_ran_out_of_memory_too_often_says_so(
    works_over: Over, ask: Ask, store: SessionStore
) -> None:
    session = await ask()
    lifecycle = works_over(LauncherInMemory()).lifecycle
    await lifecycle.launch(session.id)
    condition = Condition(False, "it needed more memory than 64 MiB", out_of_memory=True)
    for _ in range(3):
        await lifecycle.page_died(await store.get(session.id), condition)
    failed = await store.get(session.id)
    assert (failed.status, failed.end_reason) == (Status.FAILED, EndReason.OUT_OF_MEMORY)


async def test_the_end_of_a_page_s_log_is_kept_for_a_day(
    works_over: Over, ask: Ask, store: SessionStore, redis: Redis, keys: Keys
) -> None:
    session = await ask()
    lifecycle = works_over(LauncherInMemory()).lifecycle
    await lifecycle.launch(session.id)
    slot = (await store.get(session.id)).slot
    await lifecycle.stop(session.id)
    assert await log_kept(redis, keys, session) == f"the page of {slot} says\nits last word\n"
    assert 86_000 < await redis.ttl(keys.page_log(session.id)) <= 86_400


async def test_the_log_of_a_page_that_never_was_ready_is_kept(
    works_over: Over, ask: Ask, redis: Redis, keys: Keys
) -> None:
    session = await ask()
    await works_over(LauncherWhosePagesDieAtOnce()).lifecycle.launch(session.id)
    assert "its last word" in str(await log_kept(redis, keys, session))


@pytest.mark.parametrize("kind", [LauncherWithoutLogs, LauncherWhoseLogsNeverCome])
async def test_a_log_that_cannot_be_read_holds_up_no_stop(
    works_over: Over,
    ask: Ask,
    store: SessionStore,
    redis: Redis,
    keys: Keys,
    kind: type[LauncherInMemory],
) -> None:
    session, launcher = await ask(), kind()
    lifecycle = works_over(launcher).lifecycle
    await lifecycle.launch(session.id)
    await lifecycle.stop(session.id)
    assert (await store.get(session.id)).status is Status.STOPPED
    assert launcher.units == {}
    assert await log_kept(redis, keys, session) is None


async def test_a_route_of_the_edge_lives_as_long_as_its_page(
    works_over: Over, ask: Ask, store: SessionStore, redis: Redis, keys: Keys
) -> None:
    session = await ask()
    works = works_over(LauncherInMemory(), edge=True)
    await works.lifecycle.launch(session.id)
    slot = (await store.get(session.id)).slot
    assert slot is not None
    assert all(slot in str(key) for key in await redis.keys(keys.edge("*")))
    assert len(await redis.keys(keys.edge("*"))) == 7
    await works.lifecycle.stop(session.id)
    assert await redis.keys(keys.edge("*")) == []


async def test_a_route_is_there_before_a_waiting_page_is_claimed(
    works_over: Over, redis: Redis, keys: Keys
) -> None:
    works = works_over(LauncherInMemory(), edge=True, pool_size=1)
    await works.pool_keeper.refill()
    (page,) = await works.pool.waiting()
    rule = await redis.get(keys.edge("http", "routers", page.slot, "rule"))
    assert rule == f"PathPrefix(`/s/{page.slot}/`)"
