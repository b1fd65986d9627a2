from typing import Any

import pytest
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
)

from playground.errors import PlaygroundError, StoreFull, StoreUnavailable
from playground.redis_connection import stream_entries, translated


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (ConnectionError("Error 111 connecting to :secret@10.0.0.7:6379"), StoreUnavailable),
        (TimeoutError("10.0.0.7"), StoreUnavailable),
        (BusyLoadingError(), StoreUnavailable),
        (OutOfMemoryError(), StoreFull),
        (ReadOnlyError(), StoreFull),
        (ResponseError("MISCONF Errors writing to the AOF file: No space left"), StoreFull),
        (ResponseError("OOM command not allowed"), StoreFull),
        (ResponseError("WRONGTYPE 10.0.0.7"), PlaygroundError),
    ],
)
def test_a_failure_of_redis_becomes_a_word_without_addresses(
    error: RedisError, word: type[PlaygroundError]
):
    said = translated(error)
    assert type(said) is word
    assert "10.0.0.7" not in said.detail


ENTRIES = [("1-0", {"a": "b"}), ("2-0", {"a": "c"})]


@pytest.mark.parametrize(
    "answer", [[["key", ENTRIES]], {"key": [ENTRIES]}, {"key": ENTRIES}], ids=["2", "3", "flat"]
)
def test_both_protocols_give_the_same_entries(answer: Any):
    assert stream_entries(answer) == ENTRIES


@pytest.mark.parametrize("answer", [None, [], {}])
def test_no_answer_is_no_entries(answer: Any):
    assert stream_entries(answer) == []
