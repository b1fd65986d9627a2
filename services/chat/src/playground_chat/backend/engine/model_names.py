"""Names of models taken apart: ``provider:name``, and which variable holds the provider's key."""

from playground.models import EMBEDDED

_OPENAI = ("gpt-", "o1", "o3", "o4", "chatgpt")


def provider_of(model: str) -> str:
    """``openai`` of ``openai:gpt-4o-mini`` and of ``gpt-4o-mini``; empty where nobody can tell."""
    provider, colon, _ = model.partition(":")
    if colon:
        return provider
    return "openai" if model.startswith(_OPENAI) else ""


def name_of(model: str) -> str:
    """The provider's own name of the model."""
    return model.partition(":")[2] or model


def key_hint(model: str) -> str:
    """Which variable holds the key of *model*'s provider."""
    provider = provider_of(model)
    if provider == EMBEDDED:
        return "Its key is PLAYGROUND_EMBEDDED_KEY; the embedded stack sets it by itself."
    name = f"{provider.upper().replace('-', '_')}_API_KEY" if provider else "the provider's key"
    return f"Check {name}."
