from pathlib import Path

import pytest
from pydantic import ValidationError
from starlette.datastructures import FormData

from playground.scenarios.folder import ScenarioFolder
from playground.scenarios.model import Scenario
from playground_api.dashboard.editor_form import Filled, filled_as_sent, filled_by
from playground_api.dashboard.editor_versions import diff
from playground_api.dashboard.editor_words import messages

SHIPPED = [
    one
    for one in ScenarioFolder(Path(__file__).parents[3] / "scenarios").all()
    if one.kind == "chat"
]
FULL = Scenario.model_validate(
    {
        "name": "full",
        "title": "Full",
        "icon": "🍵",
        "accent": "rose",
        "layout": "columns",
        "system_prompt": "\nYou know {{ tea }}.\n\n  Well.\n",
        "model": "openai:x",
        "fallbacks": ["openai:y", "openai:z"],
        "temperature": 0.25,
        "max_tokens": 300,
        "greeting": "Hi.\nWhat now?",
        "starters": ["One?", "Two?"],
        "inputs": [
            {"key": "tea", "label": "Tea", "type": "select", "options": ["a", "b"], "default": "b"},
            {"key": "cups", "label": "Cups", "type": "slider", "min": 0, "max": 2.5, "step": 0.5},
            {"key": "milk", "label": "Milk", "type": "checkbox", "default": True, "help": "Or not"},
        ],
        "uploads": True,
        "tools": ["add", "http://tools/mcp", {"name": "x", "url": "http://x/", "only": ["a"]}],
        "answer_cache": {"distance": 0.2},
        "limits": {"idle_s": 60, "cpus": 0.5},
    }
)


@pytest.mark.parametrize("scenario", [FULL, *SHIPPED], ids=lambda one: one.name)
def test_a_scenario_comes_out_of_its_form_as_it_went_in(scenario: Scenario) -> None:
    filled = filled_by(scenario)
    sent = {name: text.replace("\n", "\r\n") for name, text in filled.values.items() if text}
    for place, row in enumerate(filled.inputs):
        sent |= {f"inputs.{place}.{name}": text for name, text in row.items()}
    again = Scenario.model_validate(filled_as_sent(FormData(sent)).raw())
    assert again == scenario


def said(values: dict[str, str], *inputs: dict[str, str], finished: bool = True) -> dict[str, str]:
    blank = dict.fromkeys(("options", "default", "help", "min", "max", "step"), "")
    filled = Filled(values, [blank | one for one in inputs])
    with pytest.raises(ValidationError) as caught:
        Scenario.model_validate(filled.raw())
    return messages(caught.value, filled, finished=finished)


def test_each_complaint_stands_at_its_field_in_words() -> None:
    empty = {"key": "", "label": "", "type": "text"}
    wrong = {"key": "Not This", "label": "", "type": "text"}
    slider = {"key": "n", "label": "N", "type": "slider", "min": "3", "max": "1"}
    values = {
        "name": "Tea!",
        "title": "x" * 81,
        "system_prompt": "p",
        "temperature": "hot",
        "max_tokens": "1.5",
        "limits.idle_s": "1",
        "tools": "{broken",
    }
    found = said(values, empty, wrong, slider)
    assert found.pop("tools")
    assert found == {
        "name": "Small letters, digits and hyphens, beginning with a letter or a digit.",
        "title": "At most 80 characters.",
        "temperature": "A number.",
        "max_tokens": "A whole number.",
        "limits.idle_s": "At least 10.",
        "inputs.1.key": "Small letters, digits and underscores, beginning with a letter.",
        "inputs.1.label": "Write something here.",
        "inputs.2.max": "Must be more than the least, 3.",
    }


def test_what_is_empty_is_no_mistake_while_one_still_writes() -> None:
    slider = {"key": "n", "label": "N", "type": "slider"}
    assert said({"temperature": "3"}, slider, finished=False) == {"temperature": "At most 2."}
    assert set(said({})) == {"name", "title"}
    assert said({"name": "a", "title": "A"}) == {
        "system_prompt": "A chat scenario needs a system_prompt."
    }


def test_a_diff_shows_the_lines_that_changed_and_what_stands_around_them() -> None:
    after = FULL.model_copy(update={"title": "Fuller"})
    shown = [(line.kind, line.text) for line in diff(FULL, after) if line.kind != "same"]
    assert shown == [("gap", ""), ("removed", "title: Full"), ("added", "title: Fuller")]
    assert diff(FULL, FULL) == []
