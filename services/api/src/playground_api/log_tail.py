"""The end of a log file, without reading the whole of it."""

from pathlib import Path

MAX_BYTES = 1024 * 1024


def last_lines(path: Path, count: int) -> str:
    """The last *count* lines of *path*, of at most a mebibyte; what is not UTF-8 is marked so."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MAX_BYTES))
            lines = file.read().splitlines()
    except OSError:
        return ""
    if size > MAX_BYTES:
        lines = lines[1:]  # the first one is cut
    return "".join(line.decode("utf-8", "replace") + "\n" for line in lines[-count:])
