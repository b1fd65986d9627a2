"""Looks at the metrics every ten seconds, and at what they do not tell: Redis, models, workers."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from redis.exceptions import RedisError

from playground.clock import now
from playground.keys import Keys
from playground.redis_connection import Redis
from playground_api.checks import HEARTBEAT_S
from playground_api.figures.backends import ChatBackends
from playground_api.figures.history import EVERY_S, History
from playground_api.figures.samples import sampled

log = logging.getLogger(__name__)

MODELS_EVERY_S = 60
_STARTED_WITHIN_S = 2
"""Who looks while it is being started itself cannot be asked yet."""
_OF_THE_CHAT_BACKEND = "playground_turns"


@dataclass(frozen=True)
class Worker:
    """A worker, and for how long it has said nothing."""

    name: str
    silent_s: float

    @property
    def alive(self) -> bool:
        return self.silent_s <= HEARTBEAT_S


@dataclass(frozen=True)
class Backends:
    """The chat backends that are processes of their own: how many there are, and have told."""

    known: int
    told: int


@dataclass(frozen=True)
class Surroundings:
    """What the playground leans on, as it was at the last look."""

    workers: Sequence[Worker] = ()
    redis: dict[str, Any] | None = None
    """Redis' answer to INFO; None while it is away."""
    redis_ms: float | None = None
    models: Sequence[dict[str, Any]] | None = None
    """The models and whether they can be used; None where the chat backend could not be asked."""
    backends: Backends | None = None
    """None where the process that looks is the chat backend itself."""


class Figures:
    """The history of the figures, and the surroundings. `run` keeps them up to date."""

    def __init__(
        self, registry: CollectorRegistry, redis: Redis, keys: Keys, *, chat_url: str
    ) -> None:
        self.history = History()
        self.surroundings = Surroundings()
        self._registry = registry
        self._redis = redis
        self._keys = keys
        self._chat = ChatBackends(chat_url)
        self._backends: Backends | None = None
        self._looked = asyncio.Condition()
        self._models_again_at = 0.0

    async def run(self) -> None:
        """Look for ever."""
        try:
            await asyncio.sleep(min(_STARTED_WITHIN_S, EVERY_S))
            while True:
                try:
                    await self.look()
                except Exception:  # whatever a look stumbles over, the next one comes
                    log.exception("looking at the metrics failed")
                await asyncio.sleep(EVERY_S)
        finally:
            await self._chat.close()

    async def look(self) -> None:
        """Look once, and tell those who follow."""
        surroundings, metrics = await asyncio.gather(self._look_around(), self._metrics())
        pinged = surroundings.redis_ms
        more = {} if pinged is None else {"redis_ms": pinged}
        self.history.add(sampled(now(), metrics, **more))
        self.surroundings = replace(surroundings, backends=self._backends)
        async with self._looked:
            self._looked.notify_all()

    async def follow(self) -> AsyncGenerator[None]:
        """Once for each look from now on."""
        while True:
            async with self._looked:
                await self._looked.wait()
            yield

    async def _metrics(self) -> dict[str, list[Metric]]:
        """This process's own, and each chat backend's where they are other processes."""
        own = await asyncio.to_thread(lambda: list(self._registry.collect()))
        if any(metric.name.startswith(_OF_THE_CHAT_BACKEND) for metric in own):
            return {"here": own}
        answers = await self._chat.each("/metrics")
        told = {
            address: list(text_string_to_metric_families(answer.text))
            for address, answer in answers.items()
            if answer is not None
        }
        self._backends = Backends(len(answers), len(told))
        return {"here": own} | told

    async def _look_around(self) -> Surroundings:
        around, models = await asyncio.gather(self._look_at_redis(), self._look_at_models())
        return replace(around, models=models)

    async def _look_at_models(self) -> Sequence[dict[str, Any]] | None:
        """Asked seldom: each look asks their providers."""
        if time.monotonic() < self._models_again_at and self.surroundings.models is not None:
            return self.surroundings.models
        self._models_again_at = time.monotonic() + MODELS_EVERY_S
        answer = await self._chat.one("/v1/models/status")
        return cast(list[dict[str, Any]], answer.json()["items"]) if answer else None

    async def _look_at_redis(self) -> Surroundings:
        try:
            begun = time.perf_counter()
            await self._redis.ping()
            milliseconds = (time.perf_counter() - begun) * 1000
            info = await self._redis.info()
            beats = await self._redis.zrange(self._keys.workers(), 0, -1, withscores=True)
        except RedisError as error:
            log.warning("figures: Redis is away (%s)", type(error).__name__)
            return Surroundings()
        workers = [Worker(str(name), max(0.0, time.time() - float(at))) for name, at in beats]
        return Surroundings(workers, info, milliseconds)
