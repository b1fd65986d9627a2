import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import pytest

from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions import changes as changes_room
from playground.sessions.changes import SessionChanges
from playground.sessions.model import Session, Status, new_session
from playground.sessions.store import SessionStore
from tests.support.waiting import wait_until


@pytest.fixture
def store(redis: Redis, keys: Keys) -> SessionStore:
    return SessionStore(redis, keys)


@pytest.fixture
async def changes(redis: Redis, keys: Keys) -> AsyncIterator[SessionChanges]:
    """Running, and known to have caught up."""
    room = SessionChanges(redis, keys)
    task = asyncio.create_task(room.run())

    async def reads() -> bool:
        clients = await redis.client_list()
        return any(client["cmd"] == "xread" for client in clients)

    await wait_until(reads, "the stream is being read")
    yield room
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def a_session() -> Session:
    return new_session(
        session_id=new_id("ses"), principal=LOCAL, scenario="s", title="T", model="m"
    )


async def test_a_wait_ends_as_soon_as_what_is_waited_for_happens(
    changes: SessionChanges, store: SessionStore
):
    session = await store.create(a_session())
    waiting = asyncio.create_task(
        changes.wait_for(
            lambda: store.get(session.id), lambda s: s.status is Status.STARTING, timeout_s=10
        )
    )
    await asyncio.sleep(0)
    await store.update(session.id, lambda s: s.moved(Status.STARTING))
    assert (await waiting).status is Status.STARTING


async def test_a_wait_in_vain_gives_the_session_as_it_is(
    changes: SessionChanges, store: SessionStore
):
    session = await store.create(a_session())
    waited = await changes.wait_for(
        lambda: store.get(session.id), lambda s: s.status.ended, timeout_s=0.05
    )
    assert waited == session


async def test_a_follower_gets_what_is_kept_and_then_what_comes_each_once(
    changes: SessionChanges, store: SessionStore
):
    for _ in range(3):
        await store.create(a_session())
    ids: list[str] = []
    async with asyncio.timeout(10), aclosing(changes.follow("0-0")) as followed:
        async for change in followed:
            ids.append(change.id)
            if len(ids) == 3:
                await store.create(a_session())
            if len(ids) == 4:
                break
    assert len(set(ids)) == 4
    assert ids[-1] == await changes.newest_id()


async def test_a_follower_that_falls_behind_is_let_go_and_holds_nobody_back(
    redis: Redis, keys: Keys, store: SessionStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(changes_room, "_QUEUE_LENGTH", 2)
    room = SessionChanges(redis, keys)
    start = await store.create(a_session())
    followed = room.follow("0-0")
    assert (await anext(followed)).session["id"] == start.id
    task = asyncio.create_task(room.run())
    try:
        slow = asyncio.create_task(anext(followed))
        await wait_until(lambda: _is_reading(redis), "the stream is being read")
        await store.create(a_session())
        await slow
        for _ in range(4):
            await store.create(a_session())
        await wait_until(lambda: not room._listeners, "the slow one was let go")  # pyright: ignore
        left = [change async for change in followed]
        assert len(left) <= 2
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _is_reading(redis: Redis) -> bool:
    return any(client["cmd"] == "xread" for client in await redis.client_list())
