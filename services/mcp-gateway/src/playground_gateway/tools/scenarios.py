"""`list_scenarios`: what can be launched."""

from collections.abc import Mapping
from typing import Any

from fastmcp.tools import Tool

from playground_gateway.doors import Doors
from playground_gateway.policy.rules import Rules
from playground_gateway.tools.making import CONTROL, READS, Shown, tool


class Scenario(Shown):
    """A scenario: its inputs are what `launch_session` takes as `inputs`."""

    name: str
    title: str
    summary: str = ""
    kind: str = "chat"
    inputs: tuple[dict[str, Any], ...] = ()


class Scenarios(Shown):
    """All scenarios."""

    items: list[Scenario]


SHOWN = {"name", "title", "summary", "icon", "kind", "greeting", "starters", "inputs", "uploads"}


def shown_scenario(scenario: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario as clients are shown it: what it offers and asks for, without its prompt."""
    return {k: v for k, v in scenario.items() if k in SHOWN}


def scenario_tools(doors: Doors, rules: Rules) -> list[Tool]:
    """The tool; it shows what *rules* allow."""

    async def list_scenarios() -> Scenarios:
        """List the scenarios that can be launched, with the inputs each of them asks for."""
        listing = await doors.api("GET", "/v1/scenarios")
        shown = [shown_scenario(one) for one in listing["items"] if rules.allows(one["name"])]
        return Scenarios(items=[Scenario.model_validate(one) for one in shown])

    return [tool(list_scenarios, title="List scenarios", annotations=READS, meta=CONTROL)]
