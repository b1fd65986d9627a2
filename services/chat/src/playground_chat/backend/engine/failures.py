"""What a model's failure is called: every provider's exception as one of the product's errors.

The words never hold what the provider said, which may quote the key or an address.
"""

import logging
from json import JSONDecodeError

import httpx
from langchain_core import exceptions as langchain

from playground.errors import ModelUnavailable, PlaygroundError, TooLarge
from playground_chat.backend.engine.model_names import key_hint

log = logging.getLogger(__name__)

_OVERFLOW = ("exceed_context_size", "exceeds the available context size")
"""How llama.cpp's server says that a prompt is too long, which LangChain does not know."""

_CONNECTION = ("APIConnectionError", "APITimeoutError")
"""What the clients of OpenAI and others like it raise, where LangChain does not stand between."""

NOTHING_SAID = "The model ended its answer without a word; ask again, or choose another model."


def failure_of(error: BaseException, model: str) -> PlaygroundError:
    """*error*, raised while *model* was asked, in the product's words."""
    if isinstance(error, PlaygroundError):
        return error
    log.warning("model %s: %s: %s", model, type(error).__name__, _short(error))
    if _exceeds_window(error):
        return TooLarge(f"This is more text than {model} can read at once.")
    return ModelUnavailable(_words(error, model))


def _words(error: BaseException, model: str) -> str:
    return _refusal(error, model) or _breakdown(error, model)


def _refusal(error: BaseException, model: str) -> str | None:
    status = getattr(error, "status_code", None)
    if isinstance(error, langchain.ModelAuthenticationError) or status in (401, 403):
        return f"The provider of {model} refused the key. {key_hint(model)}"
    if isinstance(error, langchain.ModelNotFoundError) or status == 404:
        return f"The provider knows no model of the name {model!r}."
    if isinstance(error, langchain.ModelRateLimitError) or status == 429:
        return f"The provider of {model} asks for a pause (rate limit); try again in a moment."
    if isinstance(error, langchain.ModelInvalidRequestError) or status == 400:
        return f"{model} did not accept the request."
    return None


def _breakdown(error: BaseException, model: str) -> str:
    status = getattr(error, "status_code", None)
    if isinstance(error, langchain.ModelAPIError) or (status or 0) >= 500:
        return f"The server of {model} failed (HTTP {status}); try again in a moment."
    broken = isinstance(error, langchain.ModelConnectionError | httpx.TransportError | OSError)
    if broken or type(error).__name__ in _CONNECTION:
        return f"The server of {model} cannot be reached, or broke off the connection."
    if isinstance(error, UnicodeError | JSONDecodeError):
        return f"The server of {model} answered with something that is no answer of a model."
    if getattr(error, "body", None) is not None:  # OpenAI's servers put it into a stream
        return f"The server of {model} failed in the middle of its answer."
    return f"{model} failed in a way that is not known; the log has the details."


def _exceeds_window(error: BaseException) -> bool:
    said = str(error)
    return isinstance(error, langchain.ContextOverflowError) or any(w in said for w in _OVERFLOW)


def _short(error: BaseException) -> str:
    """Enough of a provider's message for the log; its answers may quote a key in part."""
    return str(error)[:200].replace("\n", " ")
