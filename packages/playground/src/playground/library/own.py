"""People's own scenarios in Redis: the newest version of each, and those before it."""

import logging
from collections.abc import Awaitable, Collection, Iterable
from typing import cast

from pydantic import BaseModel, ValidationError

from playground.clock import now
from playground.errors import Conflict, NoCapacity, ScenarioNotFound, TooLarge
from playground.keys import Keys
from playground.library.record import Version, require_ownable
from playground.redis_connection import Redis
from playground.scenarios.folder import MAX_FILE_BYTES, Broken
from playground.scenarios.model import Scenario

log = logging.getLogger(__name__)

MOST_SCENARIOS = 200
MOST_VERSIONS = 50

_SAVE = """
local kept = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if kept ~= ARGV[2] then return 'changed' end
if kept == '' and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 'full' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('LPUSH', KEYS[2], ARGV[3])
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[5]) - 1)
return 'saved'
"""


class _Numbered(BaseModel):
    """A version of which the number alone counts: what was valid once may not be any more."""

    version: int


class OwnScenarios:
    """Saves and finds them. May raise redis-py's errors."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._keys = keys
        self._save = redis.register_script(_SAVE)

    async def all(self) -> tuple[list[Version], list[Broken]]:
        """The newest version of each by name, and those that no longer are scenarios."""
        kept = await cast(
            Awaitable[dict[str, str]], self._redis.hgetall(self._keys.own_scenarios())
        )
        found, broken = list[Version](), list[Broken]()
        for name, data in sorted(kept.items()):
            try:
                found.append(Version.model_validate_json(data))
            except ValidationError as error:
                broken.append(Broken(name, None, _place_of(error)))
        return found, broken

    async def find(self, names: Collection[str]) -> list[Version]:
        """The newest versions of those of *names* that there are and that can be used."""
        if not names:
            return []
        key, wanted = self._keys.own_scenarios(), sorted(names)
        kept = await cast(Awaitable[list[str | None]], self._redis.hmget(key, wanted))
        return _usable(kept)

    async def create(self, scenario: Scenario) -> Version:
        """Keep a new one. Raises Conflict where the name is taken, and what `save` does."""
        return await self._put(scenario, before="", version=1)

    async def save(self, scenario: Scenario, *, based_on: int | None = None) -> Version:
        """The next version of the one of that name; the same again makes none.

        Raises ScenarioNotFound, InvalidRequest, TooLarge, and Conflict where the newest version is
        not *based_on*.
        """
        before = await self._data(scenario.name)
        if not before:
            raise ScenarioNotFound(f"There is no scenario {scenario.name!r} of your own.")
        kept = _Numbered.model_validate_json(before).version
        if based_on not in (None, kept):
            raise Conflict(f"{scenario.name} was saved by somebody else meanwhile.")
        if (same := _usable([before])) and same[0].scenario == scenario:
            return same[0]
        return await self._put(scenario, before=before, version=kept + 1)

    async def delete(self, name: str) -> None:
        """Forget it and its versions. Raises ScenarioNotFound."""
        pipe = self._redis.pipeline()
        pipe.hdel(self._keys.own_scenarios(), name)
        pipe.delete(self._keys.own_scenario_versions(name))
        deleted, _ = await pipe.execute()
        if not deleted:
            raise ScenarioNotFound(f"There is no scenario {name!r} of your own.")

    async def versions(self, name: str) -> list[Version]:
        """Its versions that are kept and can be used, the newest first. Raises ScenarioNotFound."""
        key = self._keys.own_scenario_versions(name)
        kept = _usable(await cast(Awaitable[list[str]], self._redis.lrange(key, 0, -1)))
        if not kept:
            raise ScenarioNotFound(f"There is no scenario {name!r} of your own.")
        return kept

    async def version(self, name: str, number: int) -> Version:
        """One of its versions. Raises ScenarioNotFound."""
        found = next((v for v in await self.versions(name) if v.version == number), None)
        if found is None:
            raise ScenarioNotFound(f"Version {number} of {name} is not kept.")
        return found

    async def _data(self, name: str) -> str:
        data = await cast(Awaitable[str | None], self._redis.hget(self._keys.own_scenarios(), name))
        return data or ""

    async def _put(self, scenario: Scenario, *, before: str, version: int) -> Version:
        made = Version(version=version, saved_at=now(), scenario=require_ownable(scenario))
        data = made.model_dump_json(exclude_defaults=True)
        if len(data.encode()) > MAX_FILE_BYTES:
            raise TooLarge(f"A scenario may have at most {MAX_FILE_BYTES // 1024} KiB.")
        name = scenario.name
        keys = [self._keys.own_scenarios(), self._keys.own_scenario_versions(name)]
        args = [name, before, data, MOST_SCENARIOS, MOST_VERSIONS]
        answer = await cast(Awaitable[str], self._save(keys=keys, args=args))
        if answer == "full":
            raise NoCapacity(f"There are {MOST_SCENARIOS} scenarios of your own; delete one.")
        if answer == "changed":
            taken = "is taken" if version == 1 else "was saved by somebody else meanwhile"
            raise Conflict(f"The scenario {name!r} {taken}.")
        return made


def _usable(kept: Iterable[str | None]) -> list[Version]:
    """The records in *kept* that are scenarios still."""
    found = list[Version]()
    for data in kept:
        try:
            found += [Version.model_validate_json(data)] if data else []
        except ValidationError as error:
            log.warning("a scenario of somebody's own is not valid any more: %s", _place_of(error))
    return found


def _place_of(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
