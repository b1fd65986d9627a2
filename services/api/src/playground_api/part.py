"""The API's share of an app: what it is made of, in one screen."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from playground.conversation.copying import ConversationCopies
from playground.conversation.history import ConversationHistory
from playground.conversation.log import ConversationLog
from playground.conversation.tail import ConversationTail
from playground.documents.shelf import Shelf
from playground.keys import Keys
from playground.library.own import OwnScenarios
from playground.library.scenarios import Scenarios
from playground.principal import LOCAL, Principal
from playground.redis_connection import Redis, connect
from playground.scenarios.folder import ScenarioFolder
from playground.sessions.changes import SessionChanges
from playground.sessions.claims import Claims
from playground.sessions.page_memory import PageMemory
from playground.sessions.pool import PagePool
from playground.sessions.queueing import Queueing
from playground.sessions.saving import Capacity
from playground.sessions.store import SessionStore
from playground_api.checks import api_checks, workers_alive
from playground_api.comparisons.chat_door import ChatDoor
from playground_api.comparisons.comparing import Comparing
from playground_api.comparisons.runs import Runs
from playground_api.control import Control
from playground_api.copies import Copies
from playground_api.dashboard.actions import actions_router
from playground_api.dashboard.chat_backend import ChatBackend
from playground_api.dashboard.conversation_page import ConversationPages
from playground_api.dashboard.conversation_routes import conversation_router
from playground_api.dashboard.error_pages import error_page
from playground_api.dashboard.front import front_routers
from playground_api.dashboard.pages import Pages
from playground_api.dashboard.pending_stops import PendingStops
from playground_api.dashboard.session_list import SessionList
from playground_api.dashboard.session_search import SessionSearch
from playground_api.dashboard.sessions_routes import many_stops_router, sessions_page_router
from playground_api.dashboard.static import static_files
from playground_api.dashboard.workbench import workbench_routers
from playground_api.figures.watching import Figures
from playground_api.job_queue import JobQueue
from playground_api.metrics import LaunchMetrics, SessionsByStatus
from playground_api.page_logs import PageLogs
from playground_api.routes.context import context_router
from playground_api.routes.copies import copies_router
from playground_api.routes.events import events_router
from playground_api.routes.pages import pages_router
from playground_api.routes.scenarios import own_scenarios_router, scenarios_router
from playground_api.routes.sessions import sessions_router
from playground_api.settings import ApiSettings
from playground_api.surroundings import Surroundings
from playground_http.composition import Part


def api_part(settings: ApiSettings, registry: CollectorRegistry) -> Part:
    """Routes, dashboard, checks and metrics. Nothing is connected before the part runs."""
    keys = Keys(settings.tenant)
    redis = connect(settings.redis_url)
    queue = JobQueue(settings.redis_url)
    statuses = _statuses(settings, registry)
    control = _control(settings, registry, redis, queue)
    conversations = ConversationLog(redis, keys, retention_s=settings.retention_s)
    documents = Shelf(redis, keys, retention_s=settings.retention_s)
    beginnings = ConversationCopies(redis, keys, retention_s=settings.retention_s)
    history, tail = ConversationHistory(redis, keys), ConversationTail(redis, keys)
    copies = Copies(control, beginnings, history, conversations, documents)
    chat = ChatBackend(settings.chat_url)
    comparing = _comparing(settings, redis, history, tail)
    figures = Figures(registry, redis, keys, chat_url=settings.chat_url)
    pages = Pages(control, lambda: workers_alive(redis, keys))
    stops = PendingStops(control, redis, keys)
    lists = SessionList(control, SessionSearch(redis, keys), PageMemory(redis, keys).held)

    @asynccontextmanager
    async def running() -> AsyncGenerator[None]:
        try:
            async with _following(control, figures), stops.running():
                yield
        finally:
            for link in (chat, comparing.door, queue):
                await link.close()
            statuses.close()
            await redis.aclose()

    return Part(
        routers=[
            *_rest_routers(control, conversations, documents, copies),
            pages_router(control, PageLogs(redis, keys, queue)),
            events_router(control, redis),
            *front_routers(pages, figures),
            sessions_page_router(lists, stops, pages.workers_alive),
            many_stops_router(stops),
            actions_router(control, copies),
            conversation_router(ConversationPages(control, history), tail, conversations, chat),
            *workbench_routers(control, comparing),
        ],
        running=running,
        checks=api_checks(redis, keys),
        mounts={"/static": static_files()},
        error_page=error_page,
    )


def _rest_routers(
    control: Control, conversations: ConversationLog, documents: Shelf, copies: Copies
) -> list[APIRouter]:
    return [
        scenarios_router(control.library),
        own_scenarios_router(control.library),
        sessions_router(control, conversations, documents),
        context_router(Surroundings(control)),
        copies_router(copies),
    ]


@asynccontextmanager
async def _following(control: Control, figures: Figures) -> AsyncGenerator[None]:
    """The background work of the part, for the block."""
    following = [
        asyncio.create_task(control.changes.run(), name="session changes"),
        asyncio.create_task(control.metrics.watch(control.changes), name="launch metrics"),
        asyncio.create_task(figures.run(), name="figures"),
        asyncio.create_task(control.queue.prepare(), name="job queue"),
    ]
    try:
        yield
    finally:
        for task in following:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _statuses(settings: ApiSettings, registry: CollectorRegistry) -> SessionsByStatus:
    statuses = SessionsByStatus(settings.redis_url, Keys(settings.tenant))
    registry.register(statuses)
    return statuses


def _control(
    settings: ApiSettings, registry: CollectorRegistry, redis: Redis, queue: JobQueue
) -> Control:
    keys = Keys(settings.tenant)
    capacity = Capacity(settings.max_sessions, settings.max_sessions_per_user)
    store = SessionStore(redis, keys, retention_s=settings.retention_s, capacity=capacity)
    return Control(
        library=Scenarios(ScenarioFolder(settings.scenarios_dir), OwnScenarios(redis, keys)),
        store=store,
        claims=Claims(store, PagePool(redis, keys)),
        queueing=Queueing(redis, keys, max_sessions=settings.max_sessions),
        changes=SessionChanges(redis, keys),
        queue=queue,
        metrics=LaunchMetrics(registry),
        principal=Principal(LOCAL.name, settings.tenant),
        default_model=settings.default_model,
    )


def _comparing(
    settings: ApiSettings, redis: Redis, history: ConversationHistory, tail: ConversationTail
) -> Comparing:
    keys = Keys(settings.tenant)
    return Comparing(
        ChatDoor(settings.chat_url),
        Runs(redis, keys, retention_s=settings.retention_s),
        history,
        tail,
    )
