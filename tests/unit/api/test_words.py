from datetime import UTC, datetime, timedelta

import pytest

from playground import errors
from playground.errors import PlaygroundError
from playground.principal import LOCAL
from playground.sessions.model import EndReason, Session, Status, Target, new_session
from playground_api.dashboard import words

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_session(**changes: object) -> Session:
    session = new_session(session_id="ses-1", principal=LOCAL, scenario="s", title="T", model="m")
    return session.model_copy(update=changes)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (3_599, "59 min"), (7_200, "2 h"), (200_000, "2 d")],
)
def test_an_age_has_one_unit(seconds: int, text: str):
    assert words.age(NOW - timedelta(seconds=seconds), NOW) == text


def test_every_status_and_every_reason_has_a_word():
    assert set(words.STATUS) == set(Status)
    assert set(words.REASON) == set(EndReason)


def test_a_session_that_is_to_end_is_stopping_at_once():
    assert words.status_word(a_session(status=Status.READY)) == "Ready"
    leaving = a_session(status=Status.READY, target=Target.STOPPED)
    assert words.status_word(leaving) == "Stopping"
    ended = a_session(status=Status.FAILED, target=Target.STOPPED)
    assert words.status_word(ended) == "Failed"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"status": Status.READY, "end_reason": EndReason.USER}, ""),
        ({"status": Status.STOPPED}, ""),
        ({"status": Status.STOPPED, "end_reason": EndReason.IDLE}, "Nobody used it for a while"),
        ({"status": Status.FAILED, "error": {"detail": "No port."}}, "No port."),
    ],
)
def test_a_reason_is_given_for_an_end(changes: dict[str, object], text: str):
    assert words.reason(a_session(**changes)) == text


def leaves() -> list[type[PlaygroundError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, PlaygroundError)]


@pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.__name__)
def test_every_error_comes_with_advice(leaf: type[PlaygroundError]):
    assert words.advice(leaf())
