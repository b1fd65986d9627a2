"""What the worker's processes are made of, built from settings.

To add a launcher: see launchers/protocol.py.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from playground.conversation.log import ConversationLog
from playground.keys import Keys
from playground.library.own import OwnScenarios
from playground.library.scenarios import Scenarios
from playground.redis_connection import Redis, connection
from playground.scenarios.folder import ScenarioFolder
from playground.sessions.claims import Claims
from playground.sessions.page_memory import PageMemory
from playground.sessions.pool import PagePool
from playground.sessions.queueing import Queueing
from playground.sessions.saving import Capacity
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.allowances import Allowances
from playground_worker.apps import Apps
from playground_worker.edge_routes import EdgeRoutes
from playground_worker.janitor import Hands, Janitor, Lifetimes, Rooms
from playground_worker.launchers.process.launcher import ProcessLauncher
from playground_worker.launchers.protocol import Launcher
from playground_worker.launching import Launching
from playground_worker.lease import Leases
from playground_worker.lifecycle import Lifecycle
from playground_worker.memory_notes import MemoryNotes
from playground_worker.pages import LaunchSettings, Pages, Probe
from playground_worker.parking import Parking
from playground_worker.pool_keeper import PoolKeeper
from playground_worker.readiness import app_runs, first_run
from playground_worker.settings import DockerSettings, ProcessSettings, WorkerSettings

LauncherSettings = ProcessSettings | DockerSettings

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
    pool: PagePool
    launcher: Launcher
    lifecycle: Lifecycle
    parking: Parking
    pool_keeper: PoolKeeper
    janitor: Janitor


@asynccontextmanager
async def built(
    settings: WorkerSettings, launching: LauncherSettings, environment: Mapping[str, str]
) -> AsyncGenerator[Works]:
    """The works, with a Redis client that is closed at the end of the block."""
    async with connection(settings.redis_url) as redis:
        launcher = make_launcher(launching, environment)
        yield assembled(redis, settings, launcher, refused=_pages_networks(launching))


def make_launcher(settings: LauncherSettings, environment: Mapping[str, str]) -> Launcher:
    """The launcher of these settings. Pages see nothing of *environment* that could be a secret."""
    if isinstance(settings, DockerSettings):
        from playground_worker.launchers.docker.launcher import DockerLauncher

        return DockerLauncher(settings)
    return ProcessLauncher(settings, page_environment(environment))


def page_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of the worker's environment that pages get: named, so that no key is among it."""
    return {
        name: value
        for name, value in environment.items()
        if name in _FOR_PAGES or name.startswith(_FOR_PAGES_BY_PREFIX)
    }


def assembled(
    redis: Redis,
    settings: WorkerSettings,
    launcher: Launcher,
    *,
    refused: str = "",
    probe: Probe = first_run,
    app_probe: Probe = app_runs,
) -> Works:
    """The works over any launcher. From the networks *refused*, the edge serves no page."""
    keys = Keys(settings.tenant)
    capacity = Capacity(settings.max_sessions, settings.max_sessions_per_user)
    store = SessionStore(redis, keys, retention_s=settings.retention_s, capacity=capacity)
    slots, leases, pool = SlotStore(redis, keys), Leases(redis), PagePool(redis, keys)
    folder = ScenarioFolder(settings.scenarios_dir)
    allowances = Allowances(Scenarios(folder, OwnScenarios(redis, keys)))
    pages = Pages(
        redis=redis,
        keys=keys,
        slots=slots,
        launcher=launcher,
        routes=EdgeRoutes(redis, keys, enabled=settings.edge, refused=refused),
        settings=_launch_settings(settings),
        probe=probe,
        app_probe=app_probe,
    )
    log = ConversationLog(redis, keys, retention_s=settings.retention_s)
    parking = Parking(store, pages, log, parkable_after_s=settings.parkable_after_s)
    queueing = Queueing(redis, keys, max_sessions=settings.max_sessions)
    launching = Launching(store, slots, pages, queueing, allowances, Apps(folder))
    lifecycle = Lifecycle(
        store=store,
        leases=leases,
        keys=keys,
        pages=pages,
        claims=Claims(store, pool),
        parking=parking,
        launching=launching,
        allowances=allowances,
    )
    keeper = _pool_keeper(pool, pages, settings)
    memory = MemoryNotes(pages, PageMemory(redis, keys))
    janitor = Janitor(
        Rooms(redis, keys, store, slots, pool, allowances),
        Hands(leases, pages, lifecycle, parking, keeper, memory),
        at_once=settings.workers,
        lifetimes=_lifetimes(settings),
    )
    return Works(redis, keys, store, pool, pages.launcher, lifecycle, parking, keeper, janitor)


def _pool_keeper(pool: PagePool, pages: Pages, settings: WorkerSettings) -> PoolKeeper:
    return PoolKeeper(
        pool,
        pages,
        size=settings.pool_size,
        per_second=settings.pool_refill_per_s,
        quiet_s=settings.pool_quiet_s,
    )


def _launch_settings(settings: WorkerSettings) -> LaunchSettings:
    return LaunchSettings(
        settings.chat_url, settings.page_host, settings.launch_timeout_s, settings.public_url
    )


def _lifetimes(settings: WorkerSettings) -> Lifetimes:
    return Lifetimes(
        page=timedelta(seconds=settings.max_lifetime_s),
        parked=timedelta(seconds=settings.retention_s),
    )


def _pages_networks(launching: LauncherSettings) -> str:
    return str(launching.page_subnets) if isinstance(launching, DockerSettings) else ""
