"""Why a page ended, from its file and its log."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from playground_worker.launchers.last_words import exit_words, log_words

FIRST_WORDS = "the page of "
"""How every page's log begins."""
_READ_BYTES = 4096


def cause_of(data: Mapping[str, Any]) -> str:
    """How a unit ended, if that was written down, and the last line of its log."""
    return "; ".join(words for words in (exit_words(data.get("exit")), _last_line(data)) if words)


def tail(path: Path, size: int) -> str:
    """The last *size* bytes of a log; empty where there is none."""
    with suppress(OSError), path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - size))
        return file.read(size).decode(errors="replace")
    return ""


def _last_line(data: Mapping[str, Any]) -> str:
    text = tail(Path(data["log"]), _READ_BYTES) if "log" in data else ""
    return log_words(text, unless_it_begins=FIRST_WORDS)
