import re

import pytest

from playground.errors import InvalidRequest
from playground.identifiers import conversation_name, new_id


def test_ids_differ_and_hold_only_letters_that_cannot_be_confused():
    ids = {new_id("ses") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"ses-[0-9a-hjkmnp-tv-z]{12}", one) for one in ids)


@pytest.mark.parametrize("name", ["demo", "a", "A.b_c-9", "x" * 128, "ses-885phtwxs0ms"])
def test_a_plain_name_may_name_a_conversation(name: str):
    assert conversation_name(name) == name


@pytest.mark.parametrize("name", ["", "x" * 129, "a b", "../etc", ":", "-a", "a\n", "ü", "a:b"])
def test_a_name_that_could_become_another_key_is_refused(name: str):
    with pytest.raises(InvalidRequest) as refused:
        conversation_name(name)
    assert refused.value.errors[0].field == "session_id"
