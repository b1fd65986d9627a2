"""Failures of models in the product's words: a stable code, what to do, and never a secret."""

import httpx
import pytest
from langchain_core import exceptions

from playground.errors import ModelUnavailable, SessionEnded, TooLarge
from playground_chat.backend.engine.failures import failure_of
from playground_chat.backend.engine.model_names import key_hint, name_of, provider_of


class RefusesWithStatus(Exception):
    """An exception of some provider's client, which carries its HTTP status and quotes the key."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code
        super().__init__("Incorrect API key provided: sk-secret at http://10.0.0.1")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503, 418])
def test_a_status_becomes_words_without_the_providers_own(status: int) -> None:
    error = failure_of(RefusesWithStatus(status), "anthropic:claude")
    assert isinstance(error, ModelUnavailable)
    assert "sk-secret" not in error.detail
    assert "10.0.0.1" not in error.detail


def test_a_refused_key_names_the_providers_variable() -> None:
    error = failure_of(RefusesWithStatus(401), "anthropic:claude")
    assert "ANTHROPIC_API_KEY" in error.detail


def test_a_broken_connection_is_told_from_a_refusal() -> None:
    error = failure_of(httpx.RemoteProtocolError("peer closed"), "openai:x")
    assert "cannot be reached" in error.detail


def test_more_text_than_the_model_can_read_is_too_large() -> None:
    assert isinstance(failure_of(exceptions.ContextOverflowError("x"), "m"), TooLarge)
    of_llama_cpp = RuntimeError("request (20044 tokens) exceeds the available context size (8192)")
    assert isinstance(failure_of(of_llama_cpp, "embedded:x"), TooLarge)


def test_the_products_own_errors_stay_what_they_are() -> None:
    error = SessionEnded()
    assert failure_of(error, "m") is error


def test_names_of_models_are_taken_apart() -> None:
    assert (provider_of("openai:gpt-4o"), name_of("openai:gpt-4o")) == ("openai", "gpt-4o")
    assert (provider_of("gpt-4o-mini"), name_of("gpt-4o-mini")) == ("openai", "gpt-4o-mini")
    assert provider_of("llama") == ""
    assert "PLAYGROUND_EMBEDDED_KEY" in key_hint("embedded:x")
