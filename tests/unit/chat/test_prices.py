"""What tokens cost: by our table, by the operator's own, and nothing where nobody knows."""

from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from pydantic import ValidationError

from playground_chat.backend.engine.patient_model import ANSWERED_BY
from playground_chat.backend.engine.prices import read_prices
from playground_chat.backend.engine.usage import Usage
from playground_chat.backend.settings import ChatSettings


def _used(read: int, written: int, cached: int = 0) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=read,
        output_tokens=written,
        total_tokens=read + written,
        input_token_details=InputTokenDetails(cache_read=cached),
    )


def test_known_models_have_a_price_by_either_of_their_names() -> None:
    prices = read_prices(None, openai_is_elsewhere=False)
    for name in ("gpt-4o-mini", "openai:gpt-4o-mini"):
        assert prices.cost(name, _used(1_000_000, 1_000_000)) == pytest.approx(0.75)
    assert prices.cost("gpt-4o-mini", _used(1_000_000, 0, cached=1_000_000)) == 0.075
    assert prices.cost("openai:nobody-knows", _used(1, 1)) is None


def test_a_price_that_holds_for_shorter_prompts_says_nothing_of_longer_ones() -> None:
    prices = read_prices(None, openai_is_elsewhere=False)
    assert prices.cost("openai:gpt-5.4", _used(272_000, 1)) is not None
    assert prices.cost("openai:gpt-5.4", _used(272_001, 1)) is None


def test_another_server_in_openais_place_has_prices_of_its_own(tmp_path: Path) -> None:
    assert read_prices(None, openai_is_elsewhere=True).cost("gpt-4o", _used(1, 1)) is None
    own = tmp_path / "prices.toml"
    own.write_text('"openai:gpt-4o" = {input = 1, output = 1}')
    cost = read_prices(own, openai_is_elsewhere=True).cost("gpt-4o", _used(500_000, 500_000))
    assert cost == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [("no toml", "prices.toml"), ('"a:b" = {input = -1, output = 1}', "a:b.input"), (None, "read")],
)
def test_a_file_of_prices_that_is_wrong_is_refused_in_words(
    tmp_path: Path, text: str | None, words: str
) -> None:
    file = tmp_path / "prices.toml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValidationError, match=words):
        ChatSettings(prices_file=file)


def _dollar_a_token(model: str, used: UsageMetadata) -> float | None:
    return float(used["total_tokens"]) if model == "dear" else None


def _said(model: str | None, used: UsageMetadata | None = None) -> AIMessage:
    told = {ANSWERED_BY: model} if model else {}
    return AIMessageChunk(content="x", response_metadata=told, usage_metadata=used)


def test_the_calls_of_an_answer_are_added_up() -> None:
    usage = Usage(_dollar_a_token)
    for chunk in (_said("dear"), _said(None, _used(2, 1)), _said("dear", _used(4, 0))):
        usage.add(chunk)
    usage.add(_said(None, _used(0, 3)))  # some providers tell input and output apart
    assert usage.counts == {
        "input_tokens": 6, "output_tokens": 4, "total_tokens": 10, "cost_usd": 10
    }  # fmt: skip


def test_what_is_not_known_is_left_out() -> None:
    usage = Usage(_dollar_a_token)
    assert (usage.counts, usage.model) == ({}, None)
    usage.add(_said("dear", _used(1, 1)))
    usage.add(_said("other", _used(1, 1)))
    assert "cost_usd" not in usage.counts
    assert usage.model == "other"
    cut_off = Usage(_dollar_a_token)
    cut_off.add(_said("dear", _used(1, 1)))
    cut_off.add(_said("dear"))
    assert cut_off.counts == {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
