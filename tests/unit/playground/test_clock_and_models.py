from datetime import UTC, datetime, timedelta, timezone

import pytest

from playground.clock import now, rfc3339
from playground.models import EMBEDDED_DEFAULT, default_model, note_on


def test_now_is_aware_and_has_whole_milliseconds():
    moment = now()
    assert moment.tzinfo is UTC
    assert moment.microsecond % 1000 == 0


def test_moments_of_any_zone_are_written_in_utc_with_milliseconds():
    there = timezone(timedelta(hours=2))
    assert rfc3339(datetime(2026, 11, 21, 11, 30, tzinfo=there)) == "2026-11-21T09:30:00.000Z"


@pytest.mark.parametrize(
    ("environment", "model"),
    [
        ({}, EMBEDDED_DEFAULT),
        ({"OPENAI_API_KEY": "k"}, "gpt-4o-mini"),
        ({"OPENAI_API_KEY": "k", "CHAT_MODEL_ID": "anthropic:claude"}, "anthropic:claude"),
        ({"CHAT_MODEL_ID": "  "}, EMBEDDED_DEFAULT),
    ],
)
def test_the_default_model_is_the_one_chosen_or_the_best_that_can_answer(
    environment: dict[str, str], model: str
):
    assert default_model(environment) == model


def test_only_replies_of_the_embedded_model_carry_a_note():
    assert "OPENAI_API_KEY" in (note_on(EMBEDDED_DEFAULT) or "")
    assert note_on("gpt-4o-mini") is None
    assert note_on("openai:embedded") is None
