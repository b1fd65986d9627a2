"""Claims: a page that waits becomes a session's own, in one step, and nobody else's."""

import asyncio

import pytest

from playground.errors import SessionNotReady
from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.claims import Claims
from playground.sessions.model import EndReason, Session, Status, Target, new_session
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore, SlotGone
from tests.support.waiting_pages import PagesOut


def a_session(session_id: str) -> Session:
    return new_session(session_id=session_id, principal=LOCAL, scenario="s", title="T", model="m")


@pytest.fixture
def store(redis: Redis, keys: Keys) -> SessionStore:
    return SessionStore(redis, keys)


@pytest.fixture
def slots(redis: Redis, keys: Keys) -> SlotStore:
    return SlotStore(redis, keys)


@pytest.fixture
def pages(redis: Redis, keys: Keys) -> PagesOut:
    return PagesOut(redis, keys)


@pytest.fixture
def claims(store: SessionStore, pages: PagesOut) -> Claims:
    return Claims(store, pages.pool)


async def parked(store: SessionStore) -> Session:
    session = await store.create(a_session(new_id("ses")))
    return await store.update(session.id, lambda s: s.parked())


async def test_a_page_that_waits_becomes_the_session_s_in_one_step(
    claims: Claims, pages: PagesOut, slots: SlotStore, store: SessionStore
):
    (page,) = await pages.put()
    with pytest.raises(SessionNotReady):
        await slots.session_of(page.slot.token)
    session = await claims.new(a_session)
    assert (session.status, session.slot, session.revision) == (Status.READY, page.slot.id, 1)
    assert session.url is not None
    assert session.url.endswith(f"/{page.slot.id}/")
    assert session.handle is not None
    assert session.handle.slot == page.slot.id
    assert session.launch.mode == "warm"
    assert session.launch.ms is not None
    assert session.ready_at is not None
    assert await slots.session_of(page.slot.token) == session.id
    assert await store.get(session.id) == session
    assert await pages.pool.waiting() == []


async def test_a_new_session_has_the_id_that_was_kept_with_its_page(
    claims: Claims, pages: PagesOut
):
    (page,) = await pages.put()
    assert (await claims.new(a_session)).id == page.session_id


async def test_without_a_waiting_page_a_session_queues(claims: Claims, pages: PagesOut):
    await pages.beat()
    session = await claims.new(a_session)
    assert (session.status, session.launch.mode, session.url) == (Status.QUEUED, "cold", None)


async def test_twenty_claims_at_once_on_five_pages_give_each_page_once(
    claims: Claims, pages: PagesOut, slots: SlotStore, store: SessionStore
):
    await pages.put(5)
    sessions = await asyncio.gather(*(claims.new(a_session) for _ in range(20)))
    warm = [s for s in sessions if s.status is Status.READY]
    assert len(warm) == 5
    assert len({s.slot for s in warm}) == 5
    assert sum(s.status is Status.QUEUED for s in sessions) == 15
    assert len({s.id for s in sessions}) == 20
    assert await slots.bound() == {s.slot: s.id for s in warm}
    assert len(await store.queue()) == 15


async def test_of_two_who_choose_the_same_page_one_gets_it_and_one_gets_another(
    claims: Claims, pages: PagesOut, monkeypatch: pytest.MonkeyPatch
):
    first, second = await pages.put(2)
    stale = await pages.pool.waiting()

    async def as_seen_before():
        return [p for slot in (first, second) for p in stale if p.slot == slot.slot.id]

    monkeypatch.setattr(claims, "_pages", as_seen_before)
    one, other = await asyncio.gather(claims.new(a_session), claims.new(a_session))
    assert {one.slot, other.slot} == {first.slot.id, second.slot.id}
    late = await claims.new(a_session)
    assert late.status is Status.QUEUED


async def test_without_a_living_worker_no_page_is_claimed(
    claims: Claims, pages: PagesOut, redis: Redis, keys: Keys
):
    await pages.put()
    await redis.zadd(keys.workers(), {"a worker": 1})
    assert (await claims.new(a_session)).status is Status.QUEUED
    assert len(await pages.pool.waiting()) == 1
    await pages.beat()
    assert (await claims.new(a_session)).status is Status.READY


async def test_a_key_that_was_used_gives_the_first_session_and_takes_no_second_page(
    claims: Claims, pages: PagesOut
):
    await pages.put(3)
    first = await claims.new(a_session, idempotency_key="k")
    again = await claims.new(a_session, idempotency_key="k")
    assert again == first
    assert len(await pages.pool.waiting()) == 2


async def test_repeats_of_a_key_at_the_same_moment_take_one_page(claims: Claims, pages: PagesOut):
    await pages.put(3)
    found = await asyncio.gather(
        *(claims.new(a_session, idempotency_key="k") for _ in range(8)),
    )
    assert len({s.id for s in found}) == 1
    assert len(await pages.pool.waiting()) == 2


async def test_a_session_that_ended_or_is_to_end_is_never_given_a_page(
    claims: Claims, pages: PagesOut, store: SessionStore
):
    await pages.put(2)
    ended = await store.create(a_session(new_id("ses")))
    await store.update(ended.id, lambda s: s.ended(Status.STOPPED, EndReason.USER))
    unwanted = await store.create(a_session(new_id("ses")))
    await store.update(unwanted.id, lambda s: s.model_copy(update={"target": Target.STOPPED}))
    leaving = await parked(store)
    await store.update(leaving.id, lambda s: s.model_copy(update={"target": Target.STOPPED}))
    for session_id in (ended.id, unwanted.id, leaving.id):
        before = await store.get(session_id)
        assert await claims.take(session_id) == before
        assert await claims.wake(session_id) == before
    assert len(await pages.pool.waiting()) == 2


async def test_a_parked_session_wakes_on_a_page_that_waits_under_its_own_id(
    claims: Claims, pages: PagesOut, slots: SlotStore, store: SessionStore
):
    session = await parked(store)
    (page,) = await pages.put()
    woken = await claims.wake(session.id)
    assert (woken.status, woken.target) == (Status.READY, Target.READY)
    assert (woken.slot, woken.launch.mode) == (page.slot.id, "warm")
    assert woken.launch.ms is not None
    assert woken.launch.ms < 1_000
    assert woken.last_active_at > session.last_active_at
    assert await slots.session_of(page.slot.token) == session.id


async def test_a_parked_session_queues_where_no_page_waits(
    claims: Claims, pages: PagesOut, store: SessionStore
):
    session = await parked(store)
    await pages.beat()
    woken = await claims.wake(session.id)
    assert (woken.status, woken.target) == (Status.QUEUED, Target.READY)
    assert woken.queued_at is not None
    assert await store.queue() == [session.id]


async def test_a_parked_session_woken_by_many_at_once_takes_one_page(
    claims: Claims, pages: PagesOut, store: SessionStore
):
    session = await parked(store)
    await pages.put(4)
    woken = await asyncio.gather(*(claims.wake(session.id) for _ in range(6)))
    assert {s.status for s in woken} == {Status.READY}
    assert len({s.slot for s in woken}) == 1
    assert len(await pages.pool.waiting()) == 3


@pytest.mark.parametrize("status", [Status.QUEUED, Status.STARTING, Status.READY])
async def test_a_session_that_is_about_to_be_parked_stays_where_it_is_when_it_is_woken(
    claims: Claims, pages: PagesOut, store: SessionStore, status: Status
):
    about_to_be = a_session(new_id("ses")).model_copy(
        update={"status": status, "target": Target.PARKED}
    )
    session = await store.create(about_to_be)
    await pages.put()
    woken = await claims.wake(session.id)
    assert (woken.status, woken.target) == (status, Target.READY)
    assert woken.last_active_at >= session.last_active_at
    assert len(await pages.pool.waiting()) == 1


async def test_who_has_queued_is_given_the_next_page_that_waits_with_the_whole_wait_counted(
    claims: Claims, pages: PagesOut, store: SessionStore
):
    await pages.beat()
    queued = await claims.new(a_session)
    assert queued.queued_at is not None
    await pages.put()
    taken = await claims.take(queued.id)
    assert taken.status is Status.READY
    assert taken.ready_at is not None
    assert taken.launch.ms == round((taken.ready_at - queued.queued_at).total_seconds() * 1000)
    assert await store.queue() == []


async def test_a_page_that_is_no_more_is_not_claimed(
    claims: Claims, pages: PagesOut, store: SessionStore
):
    (page,) = await pages.put()
    await pages.pool.drop([page.slot.id])
    session = a_session(page.session_id).moved(Status.READY, slot=page.slot.id)
    with pytest.raises(SlotGone):
        await store.create(session, claims=True)
    assert await store.find(session.id) is None
