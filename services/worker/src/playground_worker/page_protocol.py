"""The few bytes of Streamlit's WebSocket protocol that a probe needs, without Streamlit's classes.

Field numbers are those of Streamlit 1.67's BackMsg.proto and ForwardMsg.proto; a test holds them
to the installed ones.
"""

from collections.abc import Iterator

BACK_MSG_STOP_SCRIPT = 7
BACK_MSG_RERUN_SCRIPT = 11
FORWARD_MSG_SCRIPT_FINISHED = 6
EXCEPTION_PATH = (5, 3, 8)
"""From a ForwardMsg to what st.exception and an uncaught exception show: delta, element."""
EXCEPTION_TYPE, EXCEPTION_MESSAGE = 1, 2

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5

RERUN_SCRIPT = bytes([BACK_MSG_RERUN_SCRIPT << 3 | _LENGTH, 0])
"""A BackMsg that asks for a run of the script, with nothing said about widgets or the page."""

STOP_SCRIPT = bytes([BACK_MSG_STOP_SCRIPT << 3 | _VARINT, 1])

FINISHED_SUCCESSFULLY = 0
FINISHED_WITH_COMPILE_ERROR = 1
FINISHED_EARLY_FOR_RERUN = 2


def script_finished(message: bytes) -> int | None:
    """The ScriptFinishedStatus of a ForwardMsg, or None where it says something else."""
    finished = (v for n, v in _fields(message) if n == FORWARD_MSG_SCRIPT_FINISHED)
    return next((value for value in finished if isinstance(value, int)), None)


def shown_exception(message: bytes) -> tuple[str, str] | None:
    """Type and message of the exception that a ForwardMsg shows, if it shows one."""
    inner: bytes | None = message
    for number in EXCEPTION_PATH:
        inner = _inside(inner, number) if inner is not None else None
    if inner is None:
        return None
    kind, said = _inside(inner, EXCEPTION_TYPE), _inside(inner, EXCEPTION_MESSAGE)
    return (kind or b"").decode(errors="replace"), (said or b"").decode(errors="replace")


def _inside(message: bytes, wanted: int) -> bytes | None:
    """The bytes of one field."""
    found = (value for number, value in _fields(message) if number == wanted)
    return next((value for value in found if isinstance(value, bytes)), None)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The top-level fields that are plain numbers or bytes; the others are stepped over."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
        elif kind == _LENGTH:
            length, at = _varint(message, at)
            yield number, message[at : at + length]
            at += length
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"not a protobuf message: wire type {kind}")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("not a protobuf message: a number does not end")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
