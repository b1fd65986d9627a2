"""Sessions, and a lifecycle over any launcher, for the tests of the worker."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from playground.identifiers import new_id
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.model import Session, new_session
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.lifecycle import Lifecycle
from playground_worker.settings import WorkerSettings
from playground_worker.wiring import Works, assembled
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
def works_over(redis: Redis, keys: Keys, tmp_path: Path) -> Callable[..., Works]:
    """The worker's works over any launcher; sessions without a scenario have the usual limits."""

    def over(launcher: LauncherInMemory, **settings: Any) -> Works:
        chosen = {"tenant": keys.tenant, "scenarios_dir": tmp_path, "pool_size": 0, **settings}
        given = WorkerSettings(**chosen)
        probe = launcher.probe
        return assembled(redis, given, launcher, probe=probe, app_probe=probe)

    return over


@pytest.fixture
def lifecycle_over(works_over: Callable[..., Works]) -> Callable[..., Lifecycle]:
    def over(launcher: LauncherInMemory, *, timeout_s: float = 5) -> Lifecycle:
        return works_over(launcher, launch_timeout_s=timeout_s).lifecycle

    return over
