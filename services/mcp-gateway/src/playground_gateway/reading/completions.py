"""Completion of arguments: names of scenarios, ids of sessions, the options of inputs."""

from collections.abc import Awaitable, Callable

from fastmcp.server.completions import CompletionHandler, CompletionReference
from mcp_types import CompletionArgument, CompletionContext, ResourceTemplateReference

from playground.scenarios.inputs import Input
from playground.scenarios.model import Scenario
from playground_gateway.doors import Doors
from playground_gateway.policy.rules import Rules
from playground_gateway.refusal import Refusal

_SESSIONS = 200


async def begun(found: Awaitable[list[str]], argument: CompletionArgument) -> list[str]:
    """What of *found* begins as the argument does. A completion is a help, and never an error."""
    try:
        options = await found
    except Refusal:
        return []
    return [one for one in options if one.lower().startswith(argument.value.lower())]


def completion(doors: Doors, rules: Rules) -> CompletionHandler:
    """What a client may put where it has begun to write, if it may: the newest sessions first."""

    async def complete(
        reference: CompletionReference,
        argument: CompletionArgument,
        _context: CompletionContext | None,
    ) -> list[str]:
        if isinstance(reference, ResourceTemplateReference):
            return await begun(_identifiers(doors, rules, reference.uri), argument)
        if rules.allows(reference.name):
            return await begun(options(doors, reference.name, argument.name), argument)
        return []

    return complete


async def _identifiers(doors: Doors, rules: Rules, template: str) -> list[str]:
    if template.startswith("scenario://"):
        found = await doors.api("GET", "/v1/scenarios")
        return [one["name"] for one in found["items"] if rules.allows(one["name"])]
    if template.startswith(("session://", "app://")):
        params = {"limit": _SESSIONS, "scenario": rules.scenarios}
        found = await doors.api("GET", "/v1/sessions", params=params)
        return [one["id"] for one in found["items"]]
    return []


async def options(doors: Doors, prompt: str, argument: str) -> list[str]:
    """What an input of a scenario may be, where that is a choice."""
    found = await doors.api("GET", "/v1/scenarios")
    scenarios = [Scenario.model_validate(one) for one in found["items"] if one["name"] == prompt]
    inputs = [one for scenario in scenarios for one in scenario.inputs if one.key == argument]
    return [option for one in inputs for option in _OFFERED.get(one.type, _nothing)(one)]


def _nothing(_: Input) -> list[str]:
    return []


_OFFERED: dict[str, Callable[[Input], list[str]]] = {
    "select": lambda one: one.options or [],
    "checkbox": lambda _: ["true", "false"],
}
