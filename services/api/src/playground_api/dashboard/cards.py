"""The cards of the front page: what each scenario is, what answers in it, and what it can do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playground.models import note_on
from playground.scenarios.accents import Accent
from playground.scenarios.model import Scenario


@dataclass(frozen=True)
class Card:
    """A scenario as a person looks at it before the first click."""

    scenario: Scenario
    accent: Accent
    model: str
    demonstration: bool
    """Whether the small model answers that is often wrong."""
    can: Sequence[str]


def cards(scenarios: Sequence[Scenario], default_model: str) -> list[Card]:
    """One for each of *scenarios*, in their order."""
    return [_card(scenario, default_model) for scenario in scenarios]


def short_name(model: str) -> str:
    """The model's name without its provider."""
    return model.partition(":")[2] or model


def _card(scenario: Scenario, default_model: str) -> Card:
    model = scenario.model or default_model
    return Card(
        scenario=scenario,
        accent=scenario.own_accent,
        model="" if scenario.kind == "app" else short_name(model),
        demonstration=note_on(model) is not None,
        can=tuple(_abilities(scenario)),
    )


def _abilities(scenario: Scenario) -> Iterator[str]:
    if scenario.kind == "app":
        yield "Streamlit app"
        return
    if scenario.uploads:
        yield "reads documents"
    if scenario.tools:
        yield "uses tools"
    if scenario.inputs:
        yield "one setting" if len(scenario.inputs) == 1 else f"{len(scenario.inputs)} settings"
