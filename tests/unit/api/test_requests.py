import pytest
from pydantic import ValidationError

from playground_api.requests import SessionPatch


def test_a_patch_gives_only_what_was_sent():
    patch = SessionPatch.model_validate({"temperature": None, "title": " T "})
    assert patch.given == {"temperature": None, "title": "T"}
    assert SessionPatch.model_validate({}).given == {}


@pytest.mark.parametrize("field", ["title", "model", "inputs"])
def test_null_is_no_way_to_unset_what_a_session_must_have(field: str):
    with pytest.raises(ValidationError, match="must not be null"):
        SessionPatch.model_validate({field: None})
