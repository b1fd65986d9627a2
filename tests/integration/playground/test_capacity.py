"""How many sessions may have a page, and who goes first where there are too few places."""

import asyncio

import pytest

from playground.errors import CapacityReached
from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import Principal
from playground.redis_connection import Redis
from playground.sessions.claims import Claims
from playground.sessions.model import EndReason, Session, Status, new_session
from playground.sessions.saving import Capacity
from playground.sessions.store import SessionStore
from tests.support.waiting_pages import PagesOut


def a_session(session_id: str = "", owner: str = "ada") -> Session:
    return new_session(
        session_id=session_id or new_id("ses"),
        principal=Principal(owner),
        scenario="s",
        title="T",
        model="m",
    )


def starting(session: Session) -> Session:
    return session.moved(Status.STARTING, slot="slot-x")


@pytest.fixture
def store(redis: Redis, keys: Keys) -> SessionStore:
    return SessionStore(redis, keys, capacity=Capacity(sessions=3, sessions_per_user=2))


@pytest.fixture
def pages(redis: Redis, keys: Keys) -> PagesOut:
    return PagesOut(redis, keys)


async def asked(store: SessionStore, owner: str = "ada") -> Session:
    return await store.create(a_session(owner=owner))


async def placed(store: SessionStore, owner: str) -> Session:
    return await store.update((await asked(store, owner)).id, starting)


async def test_no_more_sessions_have_a_page_than_may(store: SessionStore):
    for owner in ("ada", "bob", "cleo"):
        await placed(store, owner)
    late = await asked(store, "dora")
    with pytest.raises(CapacityReached):
        await store.update(late.id, starting)
    assert (await store.get(late.id)).status is Status.QUEUED


async def test_many_at_once_pass_no_limit(store: SessionStore):
    sessions = [await asked(store, f"user-{n}") for n in range(10)]
    answers = await asyncio.gather(
        *(store.update(s.id, starting) for s in sessions), return_exceptions=True
    )
    assert sum(isinstance(a, Session) for a in answers) == 3
    assert sum(isinstance(a, CapacityReached) for a in answers) == 7


async def test_no_user_has_more_pages_than_one_may(store: SessionStore):
    await placed(store, "ada")
    assert not await store.has_all_its_places("ada")
    await placed(store, "ada")
    assert await store.has_all_its_places("ada")
    mine, other = await asked(store, "ada"), await asked(store, "bob")
    with pytest.raises(CapacityReached):
        await store.update(mine.id, starting)
    assert (await store.update(other.id, starting)).status is Status.STARTING


@pytest.mark.parametrize("way", ["parks", "ends", "is purged"])
async def test_who_gives_its_page_back_makes_room(store: SessionStore, way: str):
    sessions = [await placed(store, owner) for owner in ("ada", "bob", "cleo")]
    first = sessions[0].id
    if way == "parks":
        await store.update(first, lambda s: s.moved(Status.READY))
        await store.update(first, lambda s: s.parked())
    elif way == "ends":
        await store.update(first, lambda s: s.ended(Status.FAILED, EndReason.CRASHED))
    else:
        await store.purge(first)
    late = await asked(store, "dora")
    assert (await store.update(late.id, starting)).status is Status.STARTING


async def test_a_session_that_is_purged_is_its_owner_s_no_more(store: SessionStore):
    for _ in range(2):
        await store.purge((await placed(store, "ada")).id)
    assert not await store.has_all_its_places("ada")


async def test_who_gives_its_page_back_keeps_its_place_until_that_is_done(store: SessionStore):
    sessions = [await placed(store, owner) for owner in ("ada", "bob", "cleo")]
    await store.update(sessions[0].id, lambda s: s.moved(Status.STOPPING))
    late = await asked(store, "dora")
    with pytest.raises(CapacityReached):
        await store.update(late.id, starting)


async def test_who_has_a_place_may_go_on_where_all_are_taken(store: SessionStore):
    sessions = [await placed(store, owner) for owner in ("ada", "bob", "cleo")]
    ready = await store.update(sessions[0].id, lambda s: s.moved(Status.READY))
    assert ready.status is Status.READY


async def test_the_last_places_are_for_those_who_queue(store: SessionStore, pages: PagesOut):
    claims = Claims(store, pages.pool)
    await pages.put(5)
    await placed(store, "ada")
    waiting = [await asked(store, owner) for owner in ("bob", "cleo")]
    newcomer = await claims.new(lambda i: a_session(i, "dora"))
    assert newcomer.status is Status.QUEUED
    for session in waiting:
        assert (await claims.take(session.id)).status is Status.READY
    assert len(await pages.pool.waiting()) == 3


async def test_a_newcomer_passes_those_who_queue_where_there_is_room_for_all(
    store: SessionStore, pages: PagesOut
):
    claims = Claims(store, pages.pool)
    await pages.put(1)
    await asked(store, "bob")
    assert (await claims.new(lambda i: a_session(i, "dora"))).status is Status.READY


async def test_a_session_that_would_be_too_many_queues_and_takes_no_page(
    store: SessionStore, pages: PagesOut
):
    claims = Claims(store, pages.pool)
    await pages.put(5)
    sessions = await asyncio.gather(
        *(claims.new(lambda i, n=n: a_session(i, f"user-{n}")) for n in range(5))
    )
    assert sorted(s.status for s in sessions) == ["queued"] * 2 + ["ready"] * 3
    assert len(await pages.pool.waiting()) == 2


async def test_a_parked_session_that_finds_no_place_queues(store: SessionStore, pages: PagesOut):
    claims = Claims(store, pages.pool)
    parked = await store.update((await asked(store, "dora")).id, lambda s: s.parked())
    for owner in ("ada", "bob", "cleo"):
        await placed(store, owner)
    await pages.put()
    assert (await claims.wake(parked.id)).status is Status.QUEUED
    assert await store.queue() == [parked.id]


async def test_those_who_queue_stand_in_the_order_in_which_they_came(
    store: SessionStore, redis: Redis, keys: Keys
):
    sessions = [await asked(store) for _ in range(3)]
    for place, session in enumerate(reversed(sessions)):
        await redis.zadd(keys.queued_sessions(), {session.id: place})
    await store.update(sessions[0].id, lambda s: s.model_copy(update={"title": "Renamed"}))
    assert await store.queue() == [s.id for s in reversed(sessions)]
