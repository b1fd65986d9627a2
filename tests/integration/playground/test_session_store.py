import asyncio

import pytest

from playground.errors import Conflict, InvalidRequest, SessionNotFound
from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions import saving
from playground.sessions.model import EndReason, Session, Status, new_session
from playground.sessions.store import SessionStore


@pytest.fixture
def store(redis: Redis, keys: Keys) -> SessionStore:
    return SessionStore(redis, keys, retention_s=100)


def a_session(**more: object) -> Session:
    return new_session(
        session_id=new_id("ses"), principal=LOCAL, scenario="s", title="T", model="m", **more
    )


async def test_what_was_kept_is_read_again(store: SessionStore):
    session = await store.create(a_session(context={"a": ["ü"]}))
    assert await store.get(session.id) == session
    assert await store.live() == [session]


async def test_an_id_is_kept_once(store: SessionStore):
    session = await store.create(a_session())
    with pytest.raises(Conflict):
        await store.create(session.model_copy(update={"title": "Other"}))


async def test_a_retry_after_a_lost_answer_is_no_conflict(
    store: SessionStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(saving, "token_hex", lambda _: "the same write")
    session = await store.create(a_session())
    assert await store.create(session) == session


async def test_changes_at_the_same_moment_are_all_kept(store: SessionStore):
    session = await store.create(a_session())

    def counted(found: Session) -> Session:
        return found.model_copy(update={"turns": found.turns + 1})

    await asyncio.gather(*(store.update(session.id, counted) for _ in range(20)))
    assert (await store.get(session.id)).turns == 20


async def test_a_change_that_is_refused_or_is_none_writes_nothing(
    store: SessionStore, redis: Redis, keys: Keys
):
    session = await store.create(a_session())
    await store.update(session.id, lambda s: s)
    with pytest.raises(Conflict):
        await store.update(session.id, lambda s: s.moved(Status.STOPPING).moved(Status.READY))
    assert await redis.hget(keys.session(session.id), "rev") == "1"
    assert await redis.xlen(keys.session_changes()) == 1


async def test_an_ended_session_lives_no_more_and_runs_out(
    store: SessionStore, redis: Redis, keys: Keys
):
    session = await store.create(a_session())
    assert await redis.ttl(keys.session(session.id)) == -1
    await store.update(session.id, lambda s: s.ended(Status.STOPPED, EndReason.USER))
    assert await store.live() == []
    assert 0 < await redis.ttl(keys.session(session.id)) <= 100


async def test_what_is_not_there_is_not_found(store: SessionStore):
    assert await store.find("ses-x") is None
    with pytest.raises(SessionNotFound):
        await store.get("ses-x")
    with pytest.raises(SessionNotFound):
        await store.update("ses-x", lambda s: s)


async def test_purging_leaves_nothing_but_the_news_of_it(
    store: SessionStore, redis: Redis, keys: Keys
):
    session = await store.create(a_session())
    await store.purge(session.id)
    assert await redis.keys("*") == [keys.session_changes()]


async def test_an_index_entry_whose_record_ran_out_is_dropped(
    store: SessionStore, redis: Redis, keys: Keys
):
    kept = [await store.create(a_session()) for _ in range(3)]
    await redis.delete(keys.session(kept[1].id))
    page = await store.page(limit=10)
    assert {s.id for s in page.items} == {kept[0].id, kept[2].id}
    assert await redis.zcard(keys.sessions()) == 2


@pytest.mark.parametrize("cursor", ["", "x", ".", "-1.ses-x", "9" * 16 + ".x", "12"])
async def test_a_cursor_that_no_listing_gave_is_refused(store: SessionStore, cursor: str):
    with pytest.raises(InvalidRequest):
        await store.page(cursor=cursor)
