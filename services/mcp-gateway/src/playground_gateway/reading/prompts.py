"""Prompts: each chat scenario's own, with its inputs as arguments."""

from collections.abc import Sequence
from typing import Any

from fastmcp.prompts import Message, Prompt, PromptResult
from fastmcp.prompts.base import PromptArgument
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from playground.errors import InvalidRequest
from playground.scenarios.inputs import Input
from playground.scenarios.model import Scenario, filled_in
from playground_gateway.doors import Doors
from playground_gateway.reading.asked import AskedProvider
from playground_gateway.refusal import refusal


class ScenarioPrompts(AskedProvider):
    """One prompt for each chat scenario. A scenario that is dropped in appears at once."""

    def __init__(self, doors: Doors) -> None:
        super().__init__()
        self._doors = doors

    async def _list_prompts(self) -> Sequence[Prompt]:
        found = await self._doors.api("GET", "/v1/scenarios")
        scenarios = [Scenario.model_validate(one) for one in found["items"]]
        return [_prompt(scenario) for scenario in scenarios if scenario.kind == "chat"]


def _prompt(scenario: Scenario) -> "ScenarioPrompt":
    arguments = [
        PromptArgument(name=one.key, description=_asked(one), required=False)
        for one in scenario.inputs
    ]
    return ScenarioPrompt(
        name=scenario.name,
        title=scenario.title,
        description=scenario.summary or scenario.title,
        arguments=arguments,
        scenario=scenario,
    )


class ScenarioPrompt(Prompt):
    """A scenario's prompt; arguments that are not given have the scenario's defaults."""

    scenario: Scenario

    async def render(self, arguments: dict[str, Any] | None = None) -> PromptResult:
        """The prompt with its inputs filled in, and the scenario's greeting as the answer."""
        given = arguments or {}
        known = {one.key: one for one in self.scenario.inputs}
        try:
            typed = {
                key: _typed(known[key], value) if key in known else value
                for key, value in given.items()
            }
            inputs = self.scenario.checked_inputs(typed)
        except InvalidRequest as error:
            told = refusal(error)
            data = {"code": told.code, "detail": told.detail, "errors": told.fields}
            raise MCPError(INVALID_PARAMS, told.detail, data) from error
        messages = [Message(filled_in(self.scenario.system_prompt, {**inputs, "inputs": inputs}))]
        if self.scenario.greeting:
            messages.append(Message(self.scenario.greeting, role="assistant"))
        return PromptResult(messages, description=self.description)


def _asked(one: Input) -> str:
    """What an argument is for, and what it may be."""
    words = [one.label]
    if one.help:
        words.append(one.help)
    if one.options:
        words.append(f"One of: {', '.join(one.options)}")
    if one.initial not in ("", None):
        words.append(f"Default: {one.initial}")
    return ". ".join(word.rstrip(".") for word in words) + "."


def _typed(one: Input, value: Any) -> Any:
    """An argument, which is a text, as a value of its input. What is none is told by the input."""
    if not isinstance(value, str):
        return value
    if one.type == "checkbox":
        return {"true": True, "false": False}.get(value.strip().lower(), value)
    if one.type in ("number", "slider"):
        try:
            return float(value)
        except ValueError:
            return value
    return value
