"""What the worker's processes are made of: launcher, lifecycle and janitor, built from settings."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playground.conversation.log import ConversationLog
from playground.keys import Keys
from playground.redis_connection import Redis, connection
from playground.scenarios.folder import ScenarioFolder
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.janitor import Janitor, Rooms
from playground_worker.launchers.process.launcher import ProcessLauncher
from playground_worker.lease import Leases
from playground_worker.lifecycle import LaunchSettings, Lifecycle
from playground_worker.settings import ProcessSettings, WorkerSettings

_FOR_PAGES = (
    "PATH",
    "HOME",
    "LANG",
    "TZ",
    "TMPDIR",
    "VIRTUAL_ENV",
    "SSL_CERT_FILE",
    "PLAYGROUND_STACK",  # the mark by which a stack finds whatever is left of it
)
_FOR_PAGES_BY_PREFIX = ("LC_", "PYTHON", "STREAMLIT_")


@dataclass(frozen=True)
class Works:
    """One process's share of the worker."""

    redis: Redis
    keys: Keys
    store: SessionStore
    launcher: ProcessLauncher
    lifecycle: Lifecycle
    janitor: Janitor


@asynccontextmanager
async def built(
    settings: WorkerSettings, process: ProcessSettings, environment: Mapping[str, str]
) -> AsyncGenerator[Works]:
    """The works, with a Redis client that is closed at the end of the block."""
    async with connection(settings.redis_url) as redis:
        keys = Keys(settings.tenant)
        store = SessionStore(redis, keys, retention_s=settings.retention_s)
        slots = SlotStore(redis, keys)
        leases = Leases(redis)
        launcher = make_launcher(process, environment)
        lifecycle = Lifecycle(
            store=store,
            slots=slots,
            leases=leases,
            keys=keys,
            launcher=launcher,
            settings=LaunchSettings(
                settings.chat_url, settings.page_host, settings.launch_timeout_s
            ),
        )
        rooms = Rooms(
            redis=redis,
            keys=keys,
            store=store,
            slots=slots,
            scenarios=ScenarioFolder(settings.scenarios_dir),
            log=ConversationLog(redis, keys, retention_s=settings.retention_s),
        )
        janitor = Janitor(rooms, leases, launcher, lifecycle, at_once=settings.workers)
        yield Works(redis, keys, store, launcher, lifecycle, janitor)


def make_launcher(process: ProcessSettings, environment: Mapping[str, str]) -> ProcessLauncher:
    """The launcher of these settings. Pages see nothing of *environment* that could be a secret."""
    return ProcessLauncher(process, page_environment(environment))


def page_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of the worker's environment that pages get: named, so that no key is among it."""
    return {
        name: value
        for name, value in environment.items()
        if name in _FOR_PAGES or name.startswith(_FOR_PAGES_BY_PREFIX)
    }
