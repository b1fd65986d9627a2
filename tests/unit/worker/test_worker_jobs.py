"""The jobs: each does its step, and leaves to the janitor what cannot be done now."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import pytest

from playground.errors import LaunchFailed
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.claims import Claims
from playground.sessions.model import Handle, Session, Status, Target
from playground_worker import jobs
from playground_worker import parking as parking_module
from playground_worker.launchers.protocol import Allowance, LauncherAway
from playground_worker.wiring import Works
from tests.support.launchers import LauncherInMemory
from tests.support.waiting_pages import PagesOut

pytestmark = pytest.mark.needs("redis")

Ask = Callable[..., Awaitable[Session]]


class LauncherThatRefuses(LauncherInMemory):
    """It launches, and then nothing more can be had of it."""

    async def stop(self, handle: Handle) -> None:
        raise LauncherAway(f"The engine does not end {handle.slot}.")

    async def fit(self, handle: Handle, session_id: str, allowance: Allowance) -> None:
        raise LaunchFailed(f"{handle.slot} cannot have {allowance} of {session_id}.")

    async def read_log(self, handle: Handle, lines: int) -> str:
        raise LauncherAway(f"The engine does not show {lines} lines of {handle.slot}.")


@pytest.fixture
def launcher(request: pytest.FixtureRequest) -> LauncherInMemory:
    return getattr(request, "param", LauncherInMemory)()


@pytest.fixture
def works(launcher: LauncherInMemory, works_over: Callable[..., Works]) -> Works:
    return works_over(launcher, pool_size=1)


@pytest.fixture(autouse=True)
async def _run_jobs(works: Works, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Jobs run on this test's loop, called from another thread as RQ's worker calls them."""
    monkeypatch.setattr(parking_module, "_PARTING_S", 0)
    loop = asyncio.get_running_loop()

    def run(step: Callable[[Works], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run_coroutine_threadsafe(step(works), loop).result(10)

    with jobs.working_with(run):
        yield


async def do(job: Callable[..., Any], *args: Any) -> Any:
    return await asyncio.to_thread(job, *args)


async def status_of(works: Works, session: Session) -> Status:
    return (await works.store.get(session.id)).status


async def test_a_session_is_launched_parked_and_stopped_by_jobs(works: Works, ask: Ask) -> None:
    session = await ask()
    await do(jobs.launch, session.id)
    assert await status_of(works, session) is Status.READY
    await works.store.update(session.id, lambda s: s.model_copy(update={"target": Target.PARKED}))
    await do(jobs.park, session.id)
    assert await status_of(works, session) is Status.PARKED
    await do(jobs.stop, session.id)
    assert await status_of(works, session) is Status.STOPPED


async def test_after_a_claim_the_page_fits_its_session_and_the_pool_is_full_again(
    works: Works, launcher: LauncherInMemory, ask: Ask, redis: Redis, keys: Keys
) -> None:
    await works.pool_keeper.refill()
    await PagesOut(redis, keys).beat()
    session = await Claims(works.store, works.pool).take((await ask()).id)
    assert session.status is Status.READY
    await do(jobs.bound, session.id)
    assert launcher.fitted[session.slot or ""] == (session.id, Allowance())
    assert await works.pool.sizes() == (1, 0)


async def test_a_page_that_died_before_it_was_claimed_is_replaced_at_once(
    works: Works, launcher: LauncherInMemory, ask: Ask, redis: Redis, keys: Keys
) -> None:
    await works.pool_keeper.refill()
    await PagesOut(redis, keys).beat()
    launcher.kill((await works.pool.waiting())[0].slot)
    session = await Claims(works.store, works.pool).take((await ask()).id)
    await do(jobs.bound, session.id)
    after = await works.store.get(session.id)
    assert after.status is Status.READY
    assert after.slot != session.slot
    assert after.url == session.url
    assert session.slot not in launcher.units


async def test_the_log_of_a_page_is_read_to_as_many_lines_as_may_be(
    works: Works, launcher: LauncherInMemory, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def read_log(handle: Handle, lines: int) -> str:
        asked.append(lines)
        return "words\n"

    monkeypatch.setattr(launcher, "read_log", read_log)
    session = await ask()
    assert await do(jobs.read_log, session.id, 10) == ""
    await do(jobs.launch, session.id)
    assert await do(jobs.read_log, session.id, 10) == "words\n"
    await do(jobs.read_log, session.id, 50_000)
    assert asked == [10, 1_000]


@pytest.mark.parametrize("job", [jobs.launch, jobs.stop, jobs.park, jobs.bound])
async def test_a_session_that_was_forgotten_needs_nothing(job: Callable[[str], None]) -> None:
    await do(job, "ses-that-never-was")
    assert await do(jobs.read_log, "ses-that-never-was", 10) == ""


@pytest.mark.parametrize("launcher", [LauncherThatRefuses], indirect=True)
async def test_what_a_job_cannot_do_now_is_left_to_the_janitor(
    works: Works, launcher: LauncherInMemory, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await ask()
    await do(jobs.launch, session.id)
    assert await do(jobs.read_log, session.id, 10) == ""
    await do(jobs.stop, session.id)
    assert await status_of(works, session) is Status.STOPPING
    monkeypatch.setattr(LauncherThatRefuses, "stop", LauncherInMemory.stop)
    await works.janitor.look()
    await works.janitor.settled()
    assert await status_of(works, session) is Status.STOPPED


@pytest.mark.parametrize("launcher", [LauncherThatRefuses], indirect=True)
async def test_a_page_that_could_not_be_made_to_fit_is_tried_again_and_the_pool_filled_anyway(
    works: Works, launcher: LauncherInMemory, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await ask()
    await do(jobs.launch, session.id)
    await do(jobs.bound, session.id)
    assert await works.pool.sizes() == (1, 0)
    await works.janitor.look()
    await works.janitor.settled()
    assert launcher.fitted == {}
    monkeypatch.setattr(LauncherThatRefuses, "fit", LauncherInMemory.fit)
    await works.janitor.look()
    await works.janitor.settled()
    assert [fitted[0] for fitted in launcher.fitted.values()] == [session.id]
