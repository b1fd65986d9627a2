"""Reads one document: ``python -m playground_chat.backend.documents.reader.main NAME LIMITS``.

The document comes on standard input. Standard output gets a line of JSON for each step, and at the
end one that says how it went: a line that was not written was not reached.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from playground_chat.backend.documents.reader.kinds import kind_of, text_of
from playground_chat.backend.documents.reader.sections import Section, Step, TooMuch, Unreadable
from playground_chat.backend.documents.reader.splitting import chunks


def main() -> None:
    """Read what comes in, say what is found."""
    name, megabytes, seconds, most = sys.argv[1], *(int(value) for value in sys.argv[2:5])
    _limit(megabytes * 1024**2, seconds)
    try:
        data = sys.stdin.buffer.read()
        for line in _read(name, data, most):
            _say(line)
        _say({"end": "read"})
    except Unreadable as error:
        _say({"end": "unreadable", "words": str(error)})
    except TooMuch as error:
        _say({"end": "too_much", "words": str(error)})
    except MemoryError:
        _say({"end": "memory"})
    except RecursionError:
        _say({"end": "unreadable", "words": "The document is nested too deeply to be read."})
    sys.stdout.flush()
    os._exit(0)  # nothing is worth tidying up, and a parser's own end may crash


def _read(name: str, data: bytes, most: int) -> Iterator[dict[str, Any]]:
    number = 0
    for found in _sections(kind_of(name, data), data):
        if isinstance(found, Step):
            yield {"done": found.done, "total": found.total}
            continue
        for chunk in chunks(found):
            if number == most:
                raise TooMuch(f"The document has more text than {most:,} passages of it hold.")
            place = {"page": chunk.page, "heading": chunk.heading, "line": chunk.line}
            yield {"number": number, "text": chunk.text, "place": place}
            number += 1
    if not number:
        raise Unreadable("The document holds no text.")


def _sections(kind: str, data: bytes) -> Iterator[Section | Step]:
    """Each kind's reader is imported when it is needed: that is most of a small file's time."""
    if kind == "pdf":
        from playground_chat.backend.documents.reader import pdf

        return pdf.sections(data)
    if kind == "docx":
        from playground_chat.backend.documents.reader import docx

        return docx.sections(data)
    if kind == "html":
        from playground_chat.backend.documents.reader import html

        return html.sections(text_of(data))
    from playground_chat.backend.documents.reader import plain

    by_kind = {"markdown": plain.markdown_sections, "table": plain.table_sections}
    return by_kind.get(kind, plain.text_sections)(text_of(data))


def _say(line: dict[str, Any]) -> None:
    """A font may map to half a character, which is no text: it is shown as a question mark."""
    said = json.dumps(line, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(said.encode("utf-8", "replace"))


def _limit(memory: int, seconds: int) -> None:
    """So much memory and time, no file, and no core file. Where a limit is unknown, none."""
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
