from typing import Any

import pytest
from pydantic import ValidationError

from playground.errors import InvalidRequest
from playground.scenarios.inputs import Input
from playground.scenarios.model import Scenario, filled_in


def an_input(**fields: Any) -> Input:
    return Input.model_validate({"key": "k", "label": "K", **fields})


def a_scenario(**fields: Any) -> Scenario:
    return Scenario.model_validate(
        {"name": "demo", "title": "Demo", "system_prompt": "Be kind.", **fields}
    )


SELECT = {"type": "select", "options": ["a", "b"]}
SLIDER = {"type": "slider", "min": 1, "max": 5}


@pytest.mark.parametrize(
    ("fields", "value", "complaint"),
    [
        ({"type": "text"}, 3, "must be a text"),
        ({"type": "text"}, "x" * 100_001, "at most 100,000"),
        ({"type": "checkbox"}, "yes", "true or false"),
        (SELECT, "c", "one of: a, b"),
        ({"type": "number"}, True, "must be a number"),
        ({"type": "number"}, "3", "must be a number"),
        ({"type": "number"}, float("nan"), "must be a number"),
        (SLIDER, 0, "at least 1"),
        (SLIDER, 6, "at most 5"),
    ],
)
def test_a_value_that_does_not_fit_is_told_why(fields: dict[str, Any], value: Any, complaint: str):
    assert complaint in (an_input(**fields).complaint(value) or "")


@pytest.mark.parametrize(
    ("fields", "value"),
    [({"type": "code"}, "x = 1"), ({"type": "checkbox"}, True), (SELECT, "b"), (SLIDER, 2.5)],
)
def test_a_value_that_fits_has_no_complaint(fields: dict[str, Any], value: Any):
    assert an_input(**fields).complaint(value) is None


@pytest.mark.parametrize(
    ("fields", "initial"),
    [
        ({"type": "text", "default": "x"}, "x"),
        ({"type": "textarea"}, ""),
        ({"type": "checkbox"}, False),
        ({"type": "number"}, 0),
        ({"type": "number", "max": -3}, -3),
        (SELECT, "a"),
        (SLIDER, 1),
    ],
)
def test_an_input_holds_its_default_or_something_empty_at_first(
    fields: dict[str, Any], initial: Any
):
    assert an_input(**fields).initial == initial


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "select"},
        {"type": "slider", "min": 1},
        {"type": "number", "default": "many"},
        {"type": "select", "options": ["a"], "default": "b"},
        {"type": "colour"},
        {"type": "text", "colour": "red"},
        {"type": "text", "key": "Not A Key"},
    ],
)
def test_an_input_that_cannot_work_is_refused(fields: dict[str, Any]):
    with pytest.raises(ValidationError):
        an_input(**fields)


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        (SLIDER | {"max": 1}, "max"),
        (SLIDER | {"max": 0.5}, "max"),
        ({"type": "number", "min": 2, "max": 1}, "max"),
        (SLIDER | {"default": 6}, "default"),
        (SLIDER | {"default": float("inf")}, "default"),
        (SLIDER | {"max": float("inf")}, "max"),
        (SLIDER | {"min": 1e300}, "min"),
        (SLIDER | {"step": 0}, "step"),
    ],
)
def test_a_scale_that_no_page_can_show_is_refused_at_its_field(fields: dict[str, Any], at: str):
    with pytest.raises(ValidationError) as refused:
        a_scenario(inputs=[{"key": "k", "label": "K", **fields}])
    assert [error["loc"] for error in refused.value.errors()] == [("inputs", 0, at)]


@pytest.mark.parametrize(
    "fields",
    [
        {"system_prompt": " "},
        {"kind": "app", "system_prompt": ""},
        {"name": "Not a slug"},
        {"temperature": 3},
        {"inputs": [{"key": "k", "label": "A", "type": "text"}] * 2},
        {"limits": {"idle_s": 1}},
        {"sytem_prompt": "typo"},
    ],
)
def test_a_scenario_that_cannot_work_is_refused(fields: dict[str, Any]):
    with pytest.raises(ValidationError):
        a_scenario(**fields)


def test_inputs_are_completed_with_their_defaults():
    scenario = a_scenario(
        inputs=[
            {"key": "tone", "label": "Tone", **SELECT},
            {"key": "n", "label": "N", "type": "number", "default": 4},
        ]
    )
    assert scenario.checked_inputs({"tone": "b"}) == {"tone": "b", "n": 4}


def test_every_wrong_and_every_unknown_input_is_named():
    scenario = a_scenario(inputs=[{"key": "n", "label": "N", "type": "number"}])
    with pytest.raises(InvalidRequest) as refused:
        scenario.checked_inputs({"n": "x", "m": 1})
    assert {e.field for e in refused.value.errors} == {"inputs.n", "inputs.m"}


def test_placeholders_are_filled_once_and_unknown_ones_vanish():
    values = {"name": "{{ other }}", "other": "no", "customer": {"tier": "gold"}, "n": 0}
    prompt = " Hi {{name}}, {{ customer.tier }}, {{ n }}, {{ gone }}{{ n.x }}{{ customer.x.y }}. "
    assert filled_in(prompt, values) == "Hi {{ other }}, gold, 0, ."
