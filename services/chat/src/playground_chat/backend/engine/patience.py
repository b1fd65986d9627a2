"""Which failures of a model are worth another try, and how long to wait before it."""

import random
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from langchain_core import exceptions as langchain

from playground.clock import now

LONGEST_PAUSE_S = 15.0
"""A provider that asks for a longer pause is not waited for: another model, or an error, is
better than silence."""
_FIRST_PAUSE_S = 0.5
_AT_ONCE_S = 0.05
"""A server that has closed a kept connection answers on a new one; it need not be waited for."""


def pause_before_retry(error: Exception, attempt: int) -> float | None:
    """Seconds to wait before the retry number *attempt* (0, 1, ...); None: there is no point."""
    if not _may_pass(error):
        return None
    asked = _asked_pause(error)
    if asked is not None:
        # A little later than asked: many who were refused at once would return at once.
        return asked * random.uniform(1, 1.2) if asked <= LONGEST_PAUSE_S else None
    if attempt == 0 and _is_broken_connection(error):
        return random.uniform(0, _AT_ONCE_S)
    return random.uniform(0.5, 1) * min(_FIRST_PAUSE_S * 2**attempt, LONGEST_PAUSE_S)


def _may_pass(error: Exception) -> bool:
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status == 429 or status >= 500
    if isinstance(error, langchain.ModelError):
        return error.is_retryable
    code = str(getattr(error, "code", ""))  # of an error in a stream, which has no status
    return _is_broken_connection(error) or code.startswith(("429", "5", "server_", "rate_limit"))


def _is_broken_connection(error: Exception) -> bool:
    kinds = (langchain.ModelConnectionError, httpx.TransportError, ConnectionError)
    return isinstance(error, kinds)


def _asked_pause(error: Exception) -> float | None:
    """The seconds that the provider's answer asks for, if it says."""
    headers: Any = getattr(getattr(error, "response", None), "headers", None)
    if headers is None:
        return None
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    told = headers.get("retry-after")
    seconds = _number(told)
    return _until(told) if seconds is None and told else seconds


def _number(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None


def _until(date: str) -> float | None:
    try:
        then: datetime = parsedate_to_datetime(date)
        return max(0.0, (then - now()).total_seconds())
    except (ValueError, TypeError):  # not a date, or one without a time zone
        return None
