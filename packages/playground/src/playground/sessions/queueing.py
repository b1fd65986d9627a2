"""The queue as those who wait in it see it: their place, and an honest guess of how long."""

import math
from collections.abc import Awaitable, Sequence
from typing import Any, cast

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Session, Status

_LAUNCHES_KEPT = 20
_LAUNCHES_TTL_S = 86_400


class Queueing:
    """Estimates from the queue and the last cold launches. May raise redis-py's errors."""

    def __init__(self, redis: Redis, keys: Keys, *, max_sessions: int) -> None:
        self._redis = redis
        self._keys = keys
        self._max_sessions = max_sessions

    async def note_launch(self, milliseconds: int) -> None:
        """A cold launch took so long, from its begin to the ready page."""
        key = self._keys.cold_launches()
        pipe = self._redis.pipeline()
        pipe.lpush(key, milliseconds)
        pipe.ltrim(key, 0, _LAUNCHES_KEPT - 1)
        pipe.expire(key, _LAUNCHES_TTL_S)
        await pipe.execute()

    async def placed_in_line(self, sessions: Sequence[Session]) -> list[Session]:
        """The same sessions; those that wait with their place in the queue, the first being 1.

        The estimate is left out where there is nothing to guess from: no launch has been timed, or
        every place is taken and nobody knows when one is given back.
        """
        waiting = [s for s in sessions if s.status is Status.QUEUED]
        if not waiting:
            return list(sessions)
        pipe = self._redis.pipeline(transaction=False)
        for session in waiting:
            pipe.zrank(self._keys.queued_sessions(), session.id)
        pipe.scard(self._keys.placed_sessions())
        *ranks, placed = cast(list[int | None], await pipe.execute())
        mean_s = await self._mean_launch_s()
        free = self._max_sessions - (placed or 0)
        found = {
            session.id: _in_line(session, rank + 1, mean_s if rank < free else None)
            for session, rank in zip(waiting, ranks, strict=True)
            if rank is not None
        }
        return [found.get(session.id, session) for session in sessions]

    async def _mean_launch_s(self) -> float | None:
        key = self._keys.cold_launches()
        times = await cast(Awaitable[list[Any]], self._redis.lrange(key, 0, -1))
        return sum(float(one) for one in times) / len(times) / 1000 if times else None


def _in_line(session: Session, position: int, mean_s: float | None) -> Session:
    # Launches overlap by two at least (PLAYGROUND_WORKERS); a guess that is too long is forgiven.
    eta_s = math.ceil(math.ceil(position / 2) * mean_s * 10) / 10 if mean_s is not None else None
    fields = {"queue_position": position, "eta_s": eta_s}
    return session.model_copy(update={"launch": session.launch.model_copy(update=fields)})
