"""The chat backend as a part of an app: everything it is made of, wired in one place.

To add a door: a router in doors/, listed below. To add a background task: start it in `running`.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from prometheus_client import CollectorRegistry

from playground.conversation.copying import ConversationCopies
from playground.conversation.history import ConversationHistory
from playground.conversation.log import ConversationLog
from playground.conversation.tail import ConversationTail
from playground.keys import Keys
from playground.library.own import OwnScenarios
from playground.library.scenarios import Scenarios
from playground.models import EMBEDDED_DEFAULT
from playground.redis_connection import Redis, connect
from playground.scenarios.folder import ScenarioFolder
from playground.sessions.changes import SessionChanges
from playground.sessions.claims import Claims
from playground.sessions.pool import PagePool
from playground.sessions.saving import Capacity
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground.settings import StoreSettings
from playground_chat.backend.answers.kept import KeptAnswers
from playground_chat.backend.answers.metrics import AnswerMetrics
from playground_chat.backend.documents.room import DocumentRoom, document_room
from playground_chat.backend.doors.chat import chat_router
from playground_chat.backend.doors.compare import compare_router
from playground_chat.backend.doors.conversations import conversations_router
from playground_chat.backend.doors.desk import Desk
from playground_chat.backend.doors.documents import (
    LARGER_BODIES,
    documents_router,
    page_documents_router,
)
from playground_chat.backend.doors.models import models_router
from playground_chat.backend.doors.openai import openai_router
from playground_chat.backend.doors.page import page_router
from playground_chat.backend.doors.page_session import page_session_router
from playground_chat.backend.doors.socket import socket_router
from playground_chat.backend.engine.activity import SessionActivity
from playground_chat.backend.engine.answer import Answers
from playground_chat.backend.engine.branches import Branches
from playground_chat.backend.engine.briefing import Briefings
from playground_chat.backend.engine.completions import Completions
from playground_chat.backend.engine.memory import Memory
from playground_chat.backend.engine.metrics import ModelMetrics, TurnMetrics
from playground_chat.backend.engine.model_status import ModelStates
from playground_chat.backend.engine.models import ModelClients
from playground_chat.backend.engine.prices import read_prices
from playground_chat.backend.engine.summaries import Summaries
from playground_chat.backend.engine.sweeper import Sweeper
from playground_chat.backend.engine.tools import Tools
from playground_chat.backend.engine.tracing import TRACING
from playground_chat.backend.engine.turns import Turns
from playground_chat.backend.settings import ChatSettings
from playground_chat.backend.tools.metrics import ToolMetrics
from playground_http.composition import Part
from playground_http.health import Check, Unhealthy
from playground_http.stopping import STOPPING

_MULTIPART_BYTES = 64 * 1024
"""What stands around a document that is uploaded."""


def chat_part(settings: ChatSettings, store: StoreSettings, registry: CollectorRegistry) -> Part:
    """The chat backend, to be composed into an app."""
    rooms = _rooms(settings, store, registry)
    return Part(
        routers=[
            chat_router(rooms.desk),
            socket_router(rooms.desk),
            compare_router(rooms.desk),
            conversations_router(rooms.desk),
            models_router(rooms.states, default_model=settings.default_model),
            openai_router(rooms.desk),
            page_router(rooms.desk),
            page_session_router(rooms.desk, rooms.states, rooms.branches),
            documents_router(rooms.documents),
            page_documents_router(rooms.documents, rooms.desk.slots),
        ],
        running=rooms.running,
        larger_bodies={LARGER_BODIES: settings.max_document_bytes + _MULTIPART_BYTES},
        checks={"redis": Check(rooms.redis_answers), "model": Check(rooms.model_answers, False)},
    )


@dataclass(frozen=True)
class _Rooms:
    """What the part keeps open while it runs."""

    redis: Redis
    desk: Desk
    documents: DocumentRoom
    models: ModelClients
    tools: Tools
    summaries: Summaries
    repeats: KeptAnswers
    states: ModelStates
    branches: Branches
    sweeper: Sweeper
    drain_s: float

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Follow and sweep; at the end let turns finish before the connections close."""
        draining = asyncio.create_task(self._drain_when_stopping(), name="drain")
        tasks = [
            asyncio.create_task(self.models.ready(), name="models ready"),
            asyncio.create_task(self.tools.ready(), name="tools ready"),
            asyncio.create_task(self.desk.changes.run(), name="session changes"),
            asyncio.create_task(self.sweeper.run(), name="sweeper"),
        ]
        try:
            async with self.documents.running():
                yield
        finally:
            if STOPPING.begun:  # by a signal, and so the turns are ending already
                await draining
            await self.desk.turns.drain(0 if STOPPING.begun else self.drain_s)
            for task in (draining, *tasks):
                task.cancel()
            await asyncio.gather(draining, *tasks, return_exceptions=True)
            await self.states.close()
            await self.summaries.close()
            await self.repeats.close()
            await self.tools.close()
            await self.models.close()
            await self.redis.aclose()
            await asyncio.to_thread(TRACING.close)

    async def _drain_when_stopping(self) -> None:
        """End turns a second before the connections are cut, so that readers see how they ended."""
        await STOPPING.wait()
        await self.desk.turns.drain(max(0.0, self.drain_s - 1))

    async def redis_answers(self) -> Mapping[str, Any]:
        """The readiness probe of Redis."""
        await self.redis.ping()
        return {}

    async def model_answers(self) -> Mapping[str, Any]:
        """The readiness probe of the default model: what is known of it, never a long wait."""
        state = await self.states.of(self.desk.settings.default_model, patience_s=0.2)
        if not state.usable:
            raise Unhealthy(state.reason or "")
        return {"model": state.model}


async def _named(settings: ChatSettings, scenarios: Scenarios) -> list[str]:
    """The models that somebody may mean here."""
    of_scenarios = [scenario.model for scenario in await scenarios.all() if scenario.model]
    embedded = [EMBEDDED_DEFAULT] if settings.embedded_url else []
    return list(dict.fromkeys([settings.default_model, *embedded, *of_scenarios]))


def _rooms(settings: ChatSettings, store: StoreSettings, registry: CollectorRegistry) -> _Rooms:
    redis, keys = connect(store.redis_url), Keys(store.tenant)
    tail = ConversationTail(redis, keys)
    log = ConversationLog(redis, keys, retention_s=store.retention_s, tail=tail)
    history = ConversationHistory(redis, keys)
    copies = ConversationCopies(redis, keys, retention_s=store.retention_s)
    capacity = Capacity(store.max_sessions, store.max_sessions_per_user)
    sessions = SessionStore(redis, keys, retention_s=store.retention_s, capacity=capacity)
    scenarios = Scenarios(ScenarioFolder(store.scenarios_dir), OwnScenarios(redis, keys))
    documents = document_room(settings, store, registry, redis, sessions)
    metrics = TurnMetrics(registry)
    prices = read_prices(settings.prices_file, openai_is_elsewhere=bool(settings.openai_base_url))
    models = ModelClients(settings, ModelMetrics(registry, prices.cost))
    activity = SessionActivity(sessions, Claims(sessions, PagePool(redis, keys)))
    briefings = Briefings(sessions, log, scenarios, default_model=settings.default_model)
    limit_s = settings.turn_limit_s
    tools = Tools(settings, ToolMetrics(registry))
    summaries = Summaries(redis, keys, history, models, retention_s=store.retention_s)
    repeats = KeptAnswers(store, documents.vectors, AnswerMetrics(registry))
    answers = Answers(models, Memory(history, summaries), tools, repeats)
    sources, cost = documents.sources(models.history_tokens), prices.cost
    turns = Turns(
        log, activity, briefings, answers, metrics, cost=cost, sources=sources, limit_s=limit_s
    )
    desk = Desk(
        turns=turns,
        completions=Completions(models, briefings, metrics, limit_s=limit_s),
        log=log,
        history=history,
        tail=tail,
        sessions=sessions,
        changes=SessionChanges(redis, keys),
        slots=SlotStore(redis, keys),
        scenarios=scenarios,
        settings=settings,
        finishing_s=store.drain_s,
    )
    return _Rooms(
        redis=redis,
        desk=desk,
        documents=documents,
        models=models,
        tools=tools,
        summaries=summaries,
        repeats=repeats,
        states=ModelStates(models, partial(_named, settings, scenarios)),
        branches=Branches(sessions, log, history, copies, documents.shelf),
        sweeper=Sweeper(log, turns, activity, metrics),
        drain_s=store.drain_s,
    )
