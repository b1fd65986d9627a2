"""Why a page ended, in words that show no path of this machine."""

import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

FIRST_WORDS = "the page of "
"""How every page's log begins."""
_READ_BYTES = 4096
_LONGEST_WORDS = 200
_PATH = re.compile(r"(?:/[^\s/'\":,;]+)+/([^\s/'\":,;]+)")


def cause_of(data: Mapping[str, Any]) -> str:
    """How a unit ended, if that was written down, and the last line of its log."""
    return "; ".join(words for words in (_exit_words(data.get("exit")), _last_line(data)) if words)


def _exit_words(code: int | None) -> str:
    if code is None:
        return ""
    if code >= 0:
        return f"it ended with code {code}"
    hint = " (the machine may be short of memory)" if -code == signal.SIGKILL else ""
    return f"it was ended by {signal.Signals(-code).name}{hint}"


def _last_line(data: Mapping[str, Any]) -> str:
    with suppress(OSError, KeyError), Path(data["log"]).open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - _READ_BYTES))
        lines = file.read().decode(errors="replace").strip().splitlines()
        if lines and not lines[-1].startswith(FIRST_WORDS):
            words = _PATH.sub(r"\1", lines[-1])
            return f"its log ends with: {words[:_LONGEST_WORDS]}"
    return ""
