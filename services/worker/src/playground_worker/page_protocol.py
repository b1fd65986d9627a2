"""The few bytes of Streamlit's WebSocket protocol that a probe needs, without Streamlit's classes.

Field numbers are those of Streamlit 1.67's BackMsg.proto and ForwardMsg.proto; a test holds them
to the installed ones.
"""

from collections.abc import Iterator

BACK_MSG_RERUN_SCRIPT = 11
FORWARD_MSG_SCRIPT_FINISHED = 6

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5

RERUN_SCRIPT = bytes([BACK_MSG_RERUN_SCRIPT << 3 | _LENGTH, 0])
"""A BackMsg that asks for a run of the script, with nothing said about widgets or the page."""

FINISHED_SUCCESSFULLY = 0
FINISHED_WITH_COMPILE_ERROR = 1
FINISHED_EARLY_FOR_RERUN = 2


def script_finished(message: bytes) -> int | None:
    """The ScriptFinishedStatus of a ForwardMsg, or None where it says something else."""
    return next(
        (v for number, v in _numbers(message) if number == FORWARD_MSG_SCRIPT_FINISHED), None
    )


def _numbers(message: bytes) -> Iterator[tuple[int, int]]:
    """The top-level fields that are plain numbers; everything else is stepped over."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
        elif kind == _LENGTH:
            length, at = _varint(message, at)
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
