"""When a model is asked again, and how long is waited before."""

from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from langchain_core import exceptions

from playground.clock import now
from playground.errors import ModelUnavailable
from playground_chat.backend.engine.patience import LONGEST_PAUSE_S, pause_before_retry


class Refuses(Exception):
    """Some provider's exception: it carries the HTTP status and the answer's headers."""

    def __init__(self, status: int, **headers: str) -> None:
        self.status_code = status
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.response = httpx.Response(status, headers=named)
        super().__init__(str(status))


@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
def test_a_refusal_that_may_pass_is_tried_again(status: int) -> None:
    pauses = [pause_before_retry(Refuses(status), attempt) or 0 for attempt in range(3)]
    assert 0.25 <= pauses[0] <= 0.5
    assert pauses == sorted(pauses)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_that_stays_is_not(status: int) -> None:
    assert pause_before_retry(Refuses(status), 0) is None


def test_the_providers_own_pause_is_kept_and_a_little_more() -> None:
    assert 2 <= (pause_before_retry(Refuses(429, retry_after="2"), 0) or 0) <= 2.4
    assert 0.02 <= (pause_before_retry(Refuses(503, retry_after_ms="20"), 0) or 0) <= 0.024
    later = format_datetime(now() + timedelta(seconds=5), usegmt=True)
    assert 3 <= (pause_before_retry(Refuses(429, retry_after=later), 0) or 0) <= 6


def test_a_pause_that_is_longer_than_anybody_waits_is_not_made() -> None:
    too_long = str(LONGEST_PAUSE_S + 1)
    assert pause_before_retry(Refuses(429, retry_after=too_long), 0) is None


@pytest.mark.parametrize("nonsense", ["soon", "", "-3", "nan", "Wed, 21 Oct 2026"])
def test_nonsense_in_place_of_a_pause_is_read_over(nonsense: str) -> None:
    pause = pause_before_retry(Refuses(429, retry_after=nonsense), 0)
    assert pause is not None
    assert pause <= 0.5


def test_a_kept_connection_that_was_closed_is_replaced_at_once() -> None:
    error = httpx.RemoteProtocolError("Server disconnected without sending a response.")
    assert (pause_before_retry(error, 0) or 0) <= 0.05
    assert (pause_before_retry(error, 1) or 0) >= 0.25


def test_silence_and_nonsense_are_not_worth_another_try() -> None:
    assert pause_before_retry(ModelUnavailable("it said nothing"), 0) is None
    assert pause_before_retry(ValueError("no JSON"), 0) is None
    assert pause_before_retry(exceptions.ContextOverflowError("too long"), 0) is None
