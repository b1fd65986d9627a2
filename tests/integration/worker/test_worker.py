"""The real worker: RQ, the fork server, Streamlit pages; and what is left of them."""

import asyncio
import os
import signal
import urllib.request
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest
import pytest_asyncio
import redis as sync_redis

from playground.keys import Keys
from playground.redis_connection import Redis, connection
from playground.sessions.model import EndReason, Session, Status
from tests.support.leaks import leaked_keys
from tests.support.pages import is_free, is_gone, processes_about
from tests.support.parts import require
from tests.support.redis_server import running_redis
from tests.support.running_worker import RunningWorker, running_worker
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.needs("redis", "streamlit"),
    pytest.mark.asyncio(loop_scope="module"),
]

WHOLE_AGAIN_S = 10


@pytest.fixture(scope="module")
def store_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require("redis")
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url
        with sync_redis.Redis.from_url(url) as client:
            assert leaked_keys(client) == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(
    tmp_path_factory: pytest.TempPathFactory, store_url: str
) -> AsyncIterator[RunningWorker]:
    """One worker for the module, as in life: each test finds it as the one before has left it."""
    require("streamlit")
    folder = tmp_path_factory.mktemp("worker")
    async with running_worker(folder, store_url) as running:
        yield running
    assert processes_about(folder) == []


@pytest_asyncio.fixture(loop_scope="module")
async def redis(store_url: str) -> AsyncIterator[Redis]:
    async with connection(store_url) as client:
        yield client


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def no_session_stays(worker: RunningWorker) -> AsyncIterator[None]:
    yield
    for session in await worker.store.live():
        await worker.ask_to_stop(session)
        await worker.until(session.id, Status.STOPPED)


def port_of(session: Session) -> int:
    assert session.handle is not None
    return session.handle.data["port"]


def pid_of(session: Session) -> int:
    assert session.handle is not None
    return session.handle.data["pid"]


async def page_of(session: Session) -> str:
    """What a browser that opens the session's address gets."""
    url = session.url
    assert url is not None

    def fetch() -> str:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()

    return await asyncio.to_thread(fetch)


async def test_ten_sessions_at_once_have_a_page_each_and_leave_nothing(
    worker: RunningWorker, redis: Redis, keys: Keys
) -> None:
    asked = [await worker.ask() for _ in range(10)]
    ready = [await worker.until(s.id, Status.READY) for s in asked]
    assert len({s.url for s in ready}) == 10
    assert "<title>Streamlit</title>" in await page_of(ready[0])
    for session in ready:
        await worker.ask_to_stop(session)
    ended = [await worker.until(s.id, Status.STOPPED) for s in ready]
    assert {s.end_reason for s in ended} == {EndReason.USER}
    for session in ready:
        assert is_free(port_of(session))
        await wait_until(lambda s=session: is_gone(pid_of(s)), "no process and no zombie")
    assert list(worker.pages.glob("slot-*.json")) == []
    assert await redis.keys(keys.slot("*")) == []
    assert await redis.keys(keys.launch_lease("*")) == []


async def test_a_worker_that_is_stopped_ends_its_sessions_and_says_why(
    worker: RunningWorker, redis: Redis, keys: Keys
) -> None:
    session = await worker.launched()
    assert await worker.leave() == 0
    ended = await worker.store.get(session.id)
    assert (ended.status, ended.end_reason) == (Status.STOPPED, EndReason.SHUTDOWN)
    assert is_gone(pid_of(session))
    assert await redis.zcard(keys.workers()) == 0
    assert await redis.keys(keys.slot("*")) == []
    assert processes_about(worker.folder) == []
    await worker.start()


async def test_a_worker_killed_in_mid_launch_is_whole_again_after_its_restart(
    worker: RunningWorker,
) -> None:
    living = await worker.launched()
    asked = [await worker.ask() for _ in range(4)]
    await wait_until(
        lambda: len(list(worker.pages.glob("slot-*.json"))) > 1, "a launch is in its middle"
    )
    await worker.kill()
    await worker.start()
    ready = [await worker.until(s.id, Status.READY, timeout_s=WHOLE_AGAIN_S) for s in asked]

    async def only_wanted() -> bool:
        wanted = {s.slot for s in await worker.store.live()}
        return {p.stem for p in worker.pages.glob("slot-*.json")} == wanted

    await wait_until(only_wanted, "no page is left that nobody wants")
    assert await worker.store.get(living.id) == living
    assert psutil.pid_exists(pid_of(living))
    assert len({s.url for s in [*ready, living]}) == 5


async def test_a_page_that_is_killed_comes_back_at_its_address(worker: RunningWorker) -> None:
    session = await worker.launched()
    os.kill(pid_of(session), signal.SIGKILL)

    async def again() -> Session | None:
        found = await worker.store.get(session.id)
        return found if found.status is Status.READY and found.slot != session.slot else None

    after = await wait_until(again, "it is ready again", timeout_s=WHOLE_AGAIN_S)
    assert after is not None
    assert after.url == session.url
    assert after.crashes == 1
    assert is_gone(pid_of(session))
    assert "<title>Streamlit</title>" in await page_of(after)


async def test_a_consumer_that_dies_is_replaced(worker: RunningWorker) -> None:
    before = {c.pid for c in worker.consumers()}
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    await wait_until(
        lambda: len({c.pid for c in worker.consumers()} - before) == 2, "two new consumers"
    )
    await worker.launched()


async def test_consumers_leave_with_a_worker_that_was_killed(worker: RunningWorker) -> None:
    consumers = worker.consumers()
    await worker.kill_main_alone()
    await wait_until(lambda: all(not _runs(c) for c in consumers), "no consumer is left")
    await worker.start()


async def test_a_killed_fork_server_is_replaced_and_its_pages_go_on(
    worker: RunningWorker,
) -> None:
    session = await worker.launched()
    server = psutil.Process(pid_of(session)).parent()
    assert server is not None
    server.kill()
    other = await worker.launched()
    assert await worker.store.get(session.id) == session
    assert "<title>Streamlit</title>" in await page_of(session)
    new_server = psutil.Process(pid_of(other)).parent()
    assert new_server is not None
    assert new_server.pid != server.pid


def _runs(process: psutil.Process) -> bool:
    """Whether it does, and is not only waiting for the system's first process to reap it."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
