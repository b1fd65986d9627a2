"""Metrics of the control plane: sessions by status, and how long launches take."""

import collections
import time
from collections.abc import Iterator
from typing import cast

import redis
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from playground.keys import Keys
from playground.sessions.changes import Change, SessionChanges
from playground.sessions.model import Session, Status
from playground.sessions.records import Records

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1, 2, 4, 8, 16, 32, 64)
FORGOTTEN_AFTER_S = 600


class LaunchMetrics:
    """Times the launches that this process was asked for, from the request to their end.

    Each process counts only its own, so that several may be added up.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._begun: dict[str, float] = {}
        self._seconds = Histogram(
            "playground_session_launch_seconds",
            "Time from the request for a session to its ready page, or to its end without one",
            ["outcome"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._claims = Counter(
            "playground_pool_claims",
            "New sessions by whether a page waited for them (warm) or not (cold)",
            ["mode"],
            registry=registry,
        )

    def asked(self, session: Session, began: float) -> None:
        """A launch was asked for at *began* (time.monotonic).

        One that never comes to an end is forgotten.
        """
        mode = "warm" if session.status is Status.READY else "cold"
        self._claims.labels(mode).inc()
        if session.status is Status.READY:
            self._seconds.labels(str(Status.READY)).observe(time.monotonic() - began)
            return
        now = time.monotonic()
        self._begun = {i: t for i, t in self._begun.items() if now - t < FORGOTTEN_AFTER_S}
        self._begun[session.id] = began

    def seen(self, change: Change) -> None:
        """A session has changed."""
        status = Status(change.session["status"])
        if status is Status.READY or status.ended:
            begun = self._begun.pop(change.session["id"], None)
            if begun is not None:
                self._seconds.labels(str(status)).observe(time.monotonic() - begun)

    async def watch(self, changes: SessionChanges) -> None:
        """Follow *changes* for ever."""
        while True:
            async for change in changes.follow():
                self.seen(change)


class SessionsByStatus(Collector):
    """Counts sessions that live and pages that wait, read from Redis when metrics are asked for."""

    def __init__(self, redis_url: str, keys: Keys) -> None:
        self._redis = redis.Redis.from_url(redis_url, socket_connect_timeout=1, socket_timeout=2)
        self._keys = keys
        self._records = Records()

    def collect(self) -> Iterator[Metric]:
        """One sample for each status and for the pool; none while Redis is away."""
        gauge = GaugeMetricFamily(
            "playground_sessions", "Sessions that have not ended, by status", labels=["status"]
        )
        try:
            counts = collections.Counter(self._statuses())
            waiting = self._redis.zcard(self._keys.waiting_pages())
        except RedisError:
            return
        yield GaugeMetricFamily(
            "playground_pool_pages", "Pages that wait for a session", value=waiting
        )
        for status in Status:
            if not status.ended:
                gauge.add_metric([str(status)], counts[str(status)])
        yield gauge

    def describe(self) -> Iterator[Metric]:
        """Registration asks for names alone; without this it would ask Redis."""
        yield GaugeMetricFamily("playground_sessions", "", labels=["status"])
        yield GaugeMetricFamily("playground_pool_pages", "")

    def close(self) -> None:
        """Give the connections back."""
        self._redis.close()

    def _statuses(self) -> Iterator[str]:
        ids = cast(set[bytes], self._redis.smembers(self._keys.live_sessions()))
        pipe = self._redis.pipeline(transaction=False)
        for session_id in ids:
            pipe.hget(self._keys.session(session_id.decode()), "data")
        for session_id, data in zip(ids, cast(list[bytes | None], pipe.execute()), strict=True):
            session = self._records.read_if_whole(session_id.decode(), data)
            if session is not None:
                yield session.status
