"""Answers kept by the meaning of their question, in the semantic cache of langchain-redis.

Only the first question of a conversation is looked up: what a later one means depends on what was
said before it. Whatever else the model is told has to be the same to the letter.
"""

import asyncio
import hashlib
import json
import logging
import threading
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import Generation

from playground.keys import Keys
from playground.settings import StoreSettings
from playground_chat.backend.answers.metrics import AnswerMetrics
from playground_chat.backend.documents.stores import has_search, sync_client
from playground_chat.backend.documents.vectors import Vectors
from playground_chat.backend.engine.briefing import Briefing, Repeat

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
"""A slow embedding or store costs a question no more than this."""


class KeptAnswers:
    """Finds and keeps answers, off the event loop. Of its failures only the log tells."""

    def __init__(self, store: StoreSettings, vectors: Vectors, metrics: AnswerMetrics) -> None:
        self._store = store
        self._vectors = vectors
        self._metrics = metrics
        self._caches: dict[Repeat, Any] = {}
        self._opening = threading.Lock()
        self._absent = False
        self._keeping: set[asyncio.Task[None]] = set()

    async def find(self, briefing: Briefing, messages: Sequence[BaseMessage]) -> str | None:
        """The answer to a question that is close enough, told the same besides."""
        repeat, asked = briefing.repeat, _first_question(briefing, messages)
        if repeat is None or asked is None or self._absent:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                found = await asyncio.to_thread(self._found, repeat, *asked)
        except Exception as error:  # of Redis, redisvl or any embedding provider
            self._give_up(repeat, error)
            return None
        self._metrics.looked_up.labels("found" if found else "missing").inc()
        return found

    def keep(self, briefing: Briefing, messages: Sequence[BaseMessage], answer: str) -> None:
        """Keep the answer to the first question of a conversation."""
        repeat, asked = briefing.repeat, _first_question(briefing, messages)
        if repeat is None or asked is None or self._absent:
            return
        task = asyncio.create_task(self._keep(repeat, asked, answer), name="keep an answer")
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def close(self) -> None:
        """Wait for what is being kept."""
        await asyncio.gather(*self._keeping, return_exceptions=True)

    async def _keep(self, repeat: Repeat, asked: tuple[str, str], answer: str) -> None:
        question, told = asked
        try:
            cache = await asyncio.to_thread(self._cache, repeat)
            if cache is not None:
                kept = [Generation(text=answer)]
                await asyncio.to_thread(cache.update, question, told, kept)
        except Exception as error:  # of Redis, redisvl or any embedding provider
            self._give_up(repeat, error)

    def _found(self, repeat: Repeat, question: str, told: str) -> str | None:
        cache = self._cache(repeat)
        generations = cache.lookup(question, told) if cache is not None else None
        return generations[0].text if generations else None

    def _cache(self, repeat: Repeat) -> Any:
        """The cache of a scenario, or None where the server cannot have one. Takes its time.

        One thread opens it: a question that was not waited for goes on beside what is to be kept.
        """
        with self._opening:
            if repeat not in self._caches:
                client = sync_client(self._store.redis_url)
                if not has_search(client):
                    log.warning("%s: answers are not kept: Redis has no search", repeat.name)
                    self._absent = True
                    return None
                self._caches[repeat] = self._opened(repeat, client)
            return self._caches[repeat]

    def _opened(self, repeat: Repeat, client: Any) -> Any:
        # A second of imports, for those alone who keep answers.
        from langchain_redis import RedisSemanticCache

        return RedisSemanticCache(
            self._vectors.embeddings(),
            redis_client=client,
            distance_threshold=repeat.distance,
            ttl=repeat.keep_s,
            name=Keys(self._store.tenant).kept_answers(self._vectors.space, repeat.name),
        )

    def _give_up(self, repeat: Repeat, error: Exception) -> None:
        """Without this answer. The index may have gone with the server's data: open it anew."""
        if not isinstance(error, TimeoutError):  # then somebody is opening it still
            self._caches.pop(repeat, None)
        log.warning("%s: kept answers: %s: %s", repeat.name, type(error).__name__, str(error)[:200])
        self._metrics.looked_up.labels("failed").inc()


def _first_question(briefing: Briefing, messages: Sequence[BaseMessage]) -> tuple[str, str] | None:
    """The question, and all else that the answer rests on as a hash; None for a later question."""
    match messages:
        case [SystemMessage() as system, HumanMessage() as question]:
            chosen = [briefing.model, briefing.temperature, briefing.max_tokens]
            told = json.dumps([*chosen, system.text])
            return question.text, hashlib.sha256(told.encode()).hexdigest()
        case _:
            return None
