"""The scenarios that ship: all of them are whole, and their prompts read well."""

import re
from pathlib import Path

import pytest

from playground.scenarios.folder import ScenarioFolder
from playground.scenarios.model import Scenario, filled_in

FOLDER = Path(__file__).parents[3] / "scenarios"
CHATS = ["code-review", "creative-writing", "document-analysis", "technical-support"]
# A small model on two cores reads a cold prompt at some 330 tokens a second; four letters a token.
MAX_PROMPT_TOKENS = 330


def shipped(name: str) -> Scenario:
    return ScenarioFolder(FOLDER).get(name)


def placeholders(scenario: Scenario) -> list[str]:
    return re.findall(r"\{\{\s*([^}\s]+)\s*\}\}", scenario.system_prompt)


def test_no_shipped_file_is_broken() -> None:
    assert ScenarioFolder(FOLDER).broken() == []


def test_the_four_chats_ship() -> None:
    assert set(CHATS) <= {s.name for s in ScenarioFolder(FOLDER).all() if s.kind == "chat"}


def test_the_apps_ship_with_their_scripts() -> None:
    apps = {s.name: s.app for s in ScenarioFolder(FOLDER).all() if s.kind == "app"}
    assert set(apps) == {"data-explorer", "streamlit-app"}
    assert all(app and (FOLDER / (app.script or "")).is_file() for app in apps.values())


@pytest.mark.parametrize("name", CHATS)
def test_a_file_is_named_after_its_scenario(name: str) -> None:
    assert (FOLDER / f"{name}.yaml").is_file()


@pytest.mark.parametrize("name", CHATS)
def test_every_placeholder_is_an_input_and_every_input_is_used(name: str) -> None:
    scenario = shipped(name)
    assert sorted(placeholders(scenario)) == sorted(i.key for i in scenario.inputs)


@pytest.mark.parametrize("name", CHATS)
def test_a_prompt_without_any_input_given_reads_properly(name: str) -> None:
    scenario = shipped(name)
    prompt = filled_in(scenario.system_prompt, scenario.checked_inputs({}))
    assert "{{" not in prompt
    assert "None" not in prompt
    # An input that may be empty stands at the end of its line or between marks of its own.
    for one in scenario.inputs:
        if one.initial == "":
            line = next(
                line
                for line in scenario.system_prompt.splitlines()
                if f"{{{{ {one.key} }}}}" in line
            )
            assert line.strip() == f"{{{{ {one.key} }}}}" or line.endswith(f": {{{{ {one.key} }}}}")


@pytest.mark.parametrize("name", CHATS)
def test_a_prompt_is_short_enough_for_a_small_model(name: str) -> None:
    scenario = shipped(name)
    prompt = filled_in(scenario.system_prompt, scenario.checked_inputs({}))
    assert len(prompt) / 4 < MAX_PROMPT_TOKENS


@pytest.mark.parametrize("name", CHATS)
def test_a_scenario_greets_and_starts_in_its_own_words(name: str) -> None:
    scenario = shipped(name)
    others = [shipped(other) for other in CHATS if other != name]
    assert len(scenario.greeting) > 80
    assert scenario.greeting not in {o.greeting for o in others}
    assert scenario.icon not in {o.icon for o in others}
    assert 3 <= len(scenario.starters) <= 4
    assert scenario.summary
    assert scenario.temperature is not None


def test_whole_numbers_stand_in_a_prompt_without_a_fraction() -> None:
    for name in CHATS:
        scenario = shipped(name)
        prompt = filled_in(scenario.system_prompt, scenario.checked_inputs({}))
        assert not re.search(r"\d\.0\b", prompt), name


def test_a_checkbox_stands_in_a_prompt_as_yes_or_no() -> None:
    assert (
        filled_in("{{ a }}, {{ b }}, {{ c }}", {"a": True, "b": False, "c": 0.5}) == "yes, no, 0.5"
    )
