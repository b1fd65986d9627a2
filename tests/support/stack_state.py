"""A stack of containers as Redis and the engine have it, each read in one step."""

import json
from dataclasses import dataclass
from typing import Any

from tests.support.compose_stack import ComposeStack
from tests.support.docker_engine import docker

_SNAPSHOT = """
local t = ARGV[1]
local sessions, slots, routes, waiting = {}, {}, {}, {}
for _, id in ipairs(redis.call('SMEMBERS', t .. ':sessions:live')) do
  table.insert(sessions, redis.call('HGET', t .. ':session:' .. id, 'data'))
end
for _, key in ipairs(redis.call('KEYS', t .. ':slot:*')) do
  table.insert(slots, string.sub(key, #t + 7))
end
for _, key in ipairs(redis.call('KEYS', t .. ':edge/http/routers/*/rule')) do
  table.insert(routes, string.match(key, 'routers/(.+)/rule'))
end
for _, slot in ipairs(redis.call('ZRANGE', t .. ':pool:waiting', 0, -1)) do
  waiting[slot] = redis.call('HGET', t .. ':slot:' .. slot, 'url')
end
return cjson.encode({
  sessions = sessions, slots = slots, routes = routes,
  waiting = next(waiting) and waiting or cjson.null,
  making = redis.call('ZRANGE', t .. ':pool:making', 0, -1),
  placed = redis.call('SMEMBERS', t .. ':sessions:placed'),
  queued = redis.call('ZRANGE', t .. ':sessions:queued', 0, -1),
  turns = redis.call('ZRANGE', t .. ':turns:running', 0, -1),
})
"""


@dataclass(frozen=True)
class Kept:
    """What Redis has, all of one moment."""

    sessions: list[dict[str, Any]]
    """Records of the sessions that live."""
    slots: set[str]
    routes: set[str]
    waiting: dict[str, str]
    """Slots of the pages that wait for a session, and their addresses."""
    making: set[str]
    placed: set[str]
    queued: set[str]
    turns: set[str]

    def of(self, *statuses: str) -> list[dict[str, Any]]:
        """The sessions in one of these states."""
        return [session for session in self.sessions if session["status"] in statuses]


def kept(stack: ComposeStack) -> Kept:
    """What Redis has now."""
    found = json.loads(redis_cli(stack, "--raw", "eval", _SNAPSHOT, "0", "default"))
    sessions = [json.loads(record) for record in found.pop("sessions")]
    waiting = found.pop("waiting") or {}
    return Kept(sessions, waiting=waiting, **{name: set(values) for name, values in found.items()})


def redis_cli(stack: ComposeStack, *arguments: str) -> str:
    """What redis-cli says in the container of the stack's Redis."""
    return docker(*redis_command(stack, *arguments)[1:])


def redis_command(stack: ComposeStack, *arguments: str) -> list[str]:
    """The command that runs redis-cli there."""
    container = stack.containers("redis")[0]
    login = 'REDISCLI_AUTH="$(cat /run/playground/redis_password)" exec redis-cli "$@"'
    return ["docker", "exec", container, "sh", "-c", login, "sh", *arguments]


def units(stack: ComposeStack) -> list[dict[str, Any]]:
    """The containers of session pages, running or not, as the engine describes them."""
    return described(f"label=playground.owner={stack.name}")


def services(stack: ComposeStack, *names: str) -> list[dict[str, Any]]:
    """The containers of the stack's services, of these or of all."""
    found = described(f"label=com.docker.compose.project={stack.name}")
    return [one for one in found if not names or service_of(one) in names]


def service_of(container: dict[str, Any]) -> str:
    return container["Config"]["Labels"]["com.docker.compose.service"]


def slot_of(unit: dict[str, Any]) -> str:
    return unit["Config"]["Labels"]["playground.slot"]


def described(condition: str) -> list[dict[str, Any]]:
    """Containers by a filter of `docker ps`; one that goes away meanwhile is left out."""
    ids = docker("ps", "--all", "--quiet", "--no-trunc", "--filter", condition).split()
    return json.loads(docker("inspect", "--type", "container", *ids, check=False)) if ids else []
