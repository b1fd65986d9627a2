"""The queue as those who wait in it see it."""

import pytest

from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.model import Session, Status, new_session
from playground.sessions.queueing import Queueing
from playground.sessions.store import SessionStore


@pytest.fixture
def store(redis: Redis, keys: Keys) -> SessionStore:
    return SessionStore(redis, keys)


@pytest.fixture
def queueing(redis: Redis, keys: Keys) -> Queueing:
    return Queueing(redis, keys, max_sessions=3)


@pytest.fixture
async def queued(store: SessionStore, redis: Redis, keys: Keys) -> list[Session]:
    """Five that wait, in this order."""
    sessions = [await store.create(a_session()) for _ in range(5)]
    for place, session in enumerate(sessions):
        await redis.zadd(keys.queued_sessions(), {session.id: place})
    return sessions


def a_session() -> Session:
    return new_session(
        session_id=new_id("ses"), principal=LOCAL, scenario="s", title="T", model="m"
    )


async def test_everybody_who_waits_has_a_place_the_first_being_one(
    queueing: Queueing, queued: list[Session]
):
    shown = await queueing.placed_in_line(list(reversed(queued)))
    assert [s.launch.queue_position for s in shown] == [5, 4, 3, 2, 1]
    assert shown[0].public()["launch"] == {"mode": "cold", "ms": None, "queue_position": 5}


async def test_nothing_is_guessed_before_a_launch_was_timed(
    queueing: Queueing, queued: list[Session]
):
    assert {s.launch.eta_s for s in await queueing.placed_in_line(queued)} == {None}


async def test_who_waits_is_told_how_long_where_there_is_a_place_for_it(
    queueing: Queueing, queued: list[Session]
):
    for milliseconds in (1_000, 3_000):
        await queueing.note_launch(milliseconds)
    shown = await queueing.placed_in_line(queued)
    assert [s.launch.eta_s for s in shown] == [2.0, 2.0, 4.0, None, None]
    assert shown[0].public()["launch"]["eta_s"] == 2.0


async def test_nobody_is_told_a_time_where_every_place_is_taken(
    queueing: Queueing, queued: list[Session], store: SessionStore
):
    await queueing.note_launch(1_000)
    for _ in range(3):
        await store.create(a_session().moved(Status.READY, slot="slot-x"))
    shown = await queueing.placed_in_line(queued)
    assert [s.launch.queue_position for s in shown] == [1, 2, 3, 4, 5]
    assert {s.launch.eta_s for s in shown} == {None}


async def test_the_guess_is_of_the_last_twenty_launches(
    queueing: Queueing, queued: list[Session], redis: Redis, keys: Keys
):
    await queueing.note_launch(900_000)
    for _ in range(20):
        await queueing.note_launch(500)
    (first,) = await queueing.placed_in_line(queued[:1])
    assert first.launch.eta_s == 0.5
    assert 0 < await redis.ttl(keys.cold_launches()) <= 86_400


async def test_who_does_not_wait_is_shown_as_it_is(queueing: Queueing, store: SessionStore):
    ready = await store.create(a_session().moved(Status.READY))
    assert await queueing.placed_in_line([ready]) == [ready]
    left_meanwhile = a_session()
    assert await queueing.placed_in_line([left_meanwhile]) == [left_meanwhile]
