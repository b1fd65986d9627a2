"""Sessions, and a lifecycle over any launcher, for the tests of the worker."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.model import Session, new_session
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.lease import Leases
from playground_worker.lifecycle import LaunchSettings, Lifecycle
from tests.support.launchers import LauncherInMemory

Ask = Callable[..., Awaitable[Session]]


@pytest.fixture
def store(redis: Redis, keys: Keys) -> SessionStore:
    return SessionStore(redis, keys)


@pytest.fixture
def slots(redis: Redis, keys: Keys) -> SlotStore:
    return SlotStore(redis, keys)


@pytest.fixture
def ask(store: SessionStore) -> Ask:
    """Ask for a session, as the API does."""

    async def asked(**fields: Any) -> Session:
        session = new_session(
            session_id=new_id("ses"),
            principal=LOCAL,
            scenario="technical-support",
            title="A test",
            model="scripted",
        )
        return await store.create(session.model_copy(update=fields))

    return asked


@pytest.fixture
def lifecycle_over(
    redis: Redis, keys: Keys, store: SessionStore, slots: SlotStore
) -> Callable[..., Lifecycle]:
    def over(launcher: LauncherInMemory, *, timeout_s: float = 5) -> Lifecycle:
        return Lifecycle(
            store=store,
            slots=slots,
            leases=Leases(redis),
            keys=keys,
            launcher=launcher,
            settings=LaunchSettings("http://127.0.0.1:8080", "127.0.0.1", timeout_s),
            probe=launcher.probe,
        )

    return over
