"""What a unit that ended leaves to read: its exit and the end of its log, without any path."""

import re
import signal

LOG_BYTES = 256 * 1024
"""How much of a log is shown at most, however long its lines are."""
_LONGEST_WORDS = 200
_SIGNALS = {number.value: number.name for number in signal.Signals}
_PATH = re.compile(r"(?:/[^\s/'\":,;]+)+/([^\s/'\":,;]+)")


def exit_words(code: int | None) -> str:
    """How a process ended: *code* as Python's subprocess says it, negative for a signal."""
    if code is None:
        return ""
    if code >= 0:
        return f"it ended with code {code}"
    hint = " (the machine may be short of memory)" if -code == signal.SIGKILL else ""
    return f"it was ended by {_SIGNALS.get(-code, f'signal {-code}')}{hint}"


def log_words(text: str, *, unless_it_begins: str = "") -> str:
    """The last line of a log, said in a way that may be shown to anybody."""
    lines = text.strip().splitlines()
    if not lines or (unless_it_begins and lines[-1].startswith(unless_it_begins)):
        return ""
    return f"its log ends with: {without_paths(lines[-1])}"


def without_paths(words: str) -> str:
    """The words, shortened, with the names of files but not where they are."""
    return _PATH.sub(r"\1", words)[:_LONGEST_WORDS]


def last_lines(text: str, lines: int) -> str:
    """The end of a log."""
    return "".join(text.splitlines(keepends=True)[-lines:]) if lines > 0 else ""
