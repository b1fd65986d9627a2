"""Names and ids: how they are made, and which ones a client may choose."""

import re
import secrets

from playground.errors import FieldError, InvalidRequest

_ALPHABET = (
    "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing to confuse when read aloud
)
_CLIENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
NAME_PATTERN = f"^{_CLIENT_NAME.pattern}$"
"""The same for JSON Schema."""


def new_id(prefix: str) -> str:
    """A new random id such as ``ses-4k2m9x0b7q1d`` (60 random bits)."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(12))


def conversation_name(value: str) -> str:
    """*value* if it may name a conversation: 1 to 128 letters, digits, dots, dashes, underscores.

    Raises InvalidRequest for anything else.
    """
    if _CLIENT_NAME.fullmatch(value):
        return value
    message = "1 to 128 letters, digits, '.', '_' or '-', beginning with a letter or a digit"
    raise InvalidRequest(
        "session_id is not a valid name.", errors=(FieldError("session_id", message),)
    )
