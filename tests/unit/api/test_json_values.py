from typing import Any

import pytest

from playground_api.json_values import MAX_DEPTH, size_of, storable


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"a": value}
    return value


@pytest.mark.parametrize("value", [{}, {"a": [1, None, {"b": "ü😀"}]}, nested(MAX_DEPTH)])
def test_what_json_can_hold_is_kept_as_it_is(value: dict[str, Any]):
    assert storable(value) is value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (nested(MAX_DEPTH + 1), "nested deeper"),
        (nested(100_000), "nested deeper"),
        ({"a": float("nan")}, "NaN"),
        ({"a": [float("-inf")]}, "NaN or Infinity"),
        ({"a": "\ud800"}, "surrogate"),
        ({"\udfff": 1}, "surrogate"),
    ],
)
def test_what_could_not_be_read_again_is_refused(value: dict[str, Any], why: str):
    with pytest.raises(ValueError, match=why):
        storable(value)


def test_size_is_counted_in_bytes_of_compact_json():
    assert size_of({"a": "ü"}) == len('{"a":"ü"}'.encode())
