"""What the API leans on, for /readiness."""

import time
from collections.abc import Mapping
from typing import Any

from playground.keys import Keys
from playground.redis_connection import Redis
from playground_http.health import Check, Unhealthy

HEARTBEAT_S = 6


async def workers_alive(redis: Redis, keys: Keys) -> int:
    """How many workers have shown a sign of life lately."""
    since = time.time() - HEARTBEAT_S
    return await redis.zcount(keys.workers(), f"({since}", "+inf")


def api_checks(redis: Redis, keys: Keys) -> Mapping[str, Check]:
    """Redis is vital; without workers, sessions are taken and wait."""

    async def store() -> Mapping[str, Any]:
        await redis.ping()
        return {}

    async def workers() -> Mapping[str, Any]:
        alive = await workers_alive(redis, keys)
        if not alive:
            raise Unhealthy(f"no worker was seen for {HEARTBEAT_S} s; launches wait in the queue")
        return {"alive": alive}

    return {"redis": Check(store), "workers": Check(workers, vital=False)}
