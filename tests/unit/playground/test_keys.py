import inspect
import re

import pytest

from playground.key_catalogue import CATALOGUE
from playground.keys import Keys

METHODS = [
    name for name, _ in inspect.getmembers(Keys, inspect.isfunction) if not name.startswith("_")
]


@pytest.mark.parametrize("method", METHODS)
def test_every_key_begins_with_its_tenant_and_stands_in_the_catalogue(method: str):
    build = getattr(Keys("acme"), method)
    key = build(*("x" for _ in inspect.signature(build).parameters))
    assert key.startswith("acme:")
    patterns = [
        re.sub(r"\{[a-z]+\}", "[^:]+", kind.pattern).replace("*", ".*") for kind in CATALOGUE
    ]
    assert any(re.fullmatch(pattern, key) for pattern in patterns), key


def test_a_key_that_may_stay_says_why():
    for kind in CATALOGUE:
        assert kind.ends, kind.pattern
        if kind.may_stay:
            assert re.search("stay|none while", kind.ends), kind.pattern


def test_the_catalogue_lists_each_kind_once():
    patterns = [kind.pattern for kind in CATALOGUE]
    assert len(set(patterns)) == len(patterns)
