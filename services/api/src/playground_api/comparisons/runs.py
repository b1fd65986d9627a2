"""Runs of comparisons in Redis, as long as conversations are kept."""

from collections.abc import Awaitable, Sequence
from typing import cast

from pydantic import TypeAdapter

from playground.errors import PlaygroundError
from playground.keys import Keys
from playground.redis_connection import Redis
from playground_api.comparisons.model import Answer, Judged, Run

MOST_RUNS = 200
"""How many of the newest are listed, counted and exported."""
UNLISTED_S = 3600

_ANSWERS = TypeAdapter(list[Answer])
_SET_IF_KEPT = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
"""


class ComparisonNotFound(PlaygroundError):
    """There is no comparison of that id; it may have been forgotten by now."""

    code, status, title = "invalid_request", 404, "Comparison not found"


class Runs:
    """Keeps runs, their answers and their votes. May raise redis-py's errors."""

    def __init__(self, redis: Redis, keys: Keys, *, retention_s: int) -> None:
        self._redis = redis
        self._keys = keys
        self._retention_s = retention_s
        self._set_if_kept = redis.register_script(_SET_IF_KEPT)

    async def add(self, run: Run, *, listed: bool = True) -> None:
        """Keep a new run. One that is not listed is found by its id alone, and not for long."""
        key, index = self._keys.comparison(run.id), self._keys.comparisons()
        pipe = self._redis.pipeline()
        pipe.hset(key, "data", run.model_dump_json())
        pipe.expire(key, self._retention_s if listed else UNLISTED_S)
        if listed:
            pipe.zadd(index, {run.id: run.created_at.timestamp()})
            pipe.zremrangebyrank(index, 0, -MOST_RUNS - 1)
            pipe.expire(index, self._retention_s)
        await pipe.execute()

    async def get(self, run_id: str) -> Judged:
        """The run of that id. Raises ComparisonNotFound."""
        kept = await cast(
            Awaitable[dict[str, str]], self._redis.hgetall(self._keys.comparison(run_id))
        )
        if "data" not in kept:
            raise ComparisonNotFound
        return _judged(kept)

    async def newest(self) -> list[Judged]:
        """The newest runs first, without their answers, which may be long."""
        fields = ["data", "vote"]
        pipe = self._redis.pipeline(transaction=False)
        for run_id in await self.newest_ids():
            pipe.hmget(self._keys.comparison(run_id), fields)
        found = cast(list[list[str | None]], await pipe.execute())
        kept = [dict(zip(fields, one, strict=True)) for one in found]
        return [_judged({n: v for n, v in one.items() if v}) for one in kept if one["data"]]

    async def newest_ids(self) -> list[str]:
        """The ids of those that are listed; the run of one may be forgotten by now."""
        found = await self._redis.zrevrange(self._keys.comparisons(), 0, MOST_RUNS - 1)
        return cast(list[str], found)

    async def keep_answers(self, run_id: str, answers: Sequence[Answer]) -> None:
        """All have answered: nobody has to read the conversations again."""
        await self._set(run_id, "answers", _ANSWERS.dump_json(list(answers)).decode())

    async def vote(self, run_id: str, column: int) -> None:
        """*column* is the better one; the last vote counts. Raises ComparisonNotFound."""
        if not await self._set(run_id, "vote", str(column)):
            raise ComparisonNotFound

    async def _set(self, run_id: str, field: str, value: str) -> bool:
        changed = await cast(
            Awaitable[int],
            self._set_if_kept(keys=[self._keys.comparison(run_id)], args=[field, value]),
        )
        return bool(changed)


def _judged(kept: dict[str, str]) -> Judged:
    answers = _ANSWERS.validate_json(kept["answers"]) if "answers" in kept else None
    vote = int(kept["vote"]) if "vote" in kept else None
    return Judged(run=Run.model_validate_json(kept["data"]), answers=answers, vote=vote)
