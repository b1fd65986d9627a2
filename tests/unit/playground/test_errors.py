import pytest

from playground import errors
from playground.errors import FieldError, InvalidRequest, PlaygroundError

CODES = {
    "scenario_not_found",
    "session_not_found",
    "session_not_ready",
    "session_ended",
    "turn_in_progress",
    "launch_failed",
    "no_capacity",
    "model_unavailable",
    "document_unreadable",
    "too_large",
    "invalid_request",
    "unauthorized",
    "forbidden",
    "rate_limited",
    "conflict",
    "internal",
}


def leaves() -> list[type[PlaygroundError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, PlaygroundError)]


def test_every_code_is_one_that_the_contract_promises():
    assert {leaf.code for leaf in leaves()} == CODES


@pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.__name__)
def test_a_docstring_is_the_default_message_in_one_line(leaf: type[PlaygroundError]):
    error = leaf()
    assert error.detail
    assert "\n" not in error.detail
    assert str(error) == error.detail


def test_a_problem_names_the_fields_that_are_wrong():
    error = InvalidRequest("No.", errors=(FieldError("inputs.age", "must be a number"),))
    problem = error.problem("r-1")
    assert problem == {
        "type": "urn:chat-playground:problem:invalid_request",
        "title": "Invalid request",
        "status": 422,
        "detail": "No.",
        "code": "invalid_request",
        "request_id": "r-1",
        "errors": [{"field": "inputs.age", "message": "must be a number"}],
    }


def test_a_problem_without_wrong_fields_has_no_errors():
    assert "errors" not in PlaygroundError().problem()
