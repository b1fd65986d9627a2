"""Sections cut into chunks that fit the embedding model, each with the place where it begins."""

import re
from collections.abc import Iterator

from playground_chat.backend.documents.reader.sections import Section

CHUNK_CHARACTERS = 900
"""Chosen by measurement (docs/adr/0011-documents.md); the embedded model reads 256 tokens."""
_LEAST = 250
"""A section's end that is shorter stays with the chunk before it, if that leaves room."""
# Where to cut, the best place first: paragraphs, lines, sentences, words.
_BORDERS = tuple(re.compile(b) for b in (r"\n\s*\n", r"\n", r"(?<=[.!?;:])\s", r"\s"))


def chunks(section: Section) -> Iterator[Section]:
    """*section* in pieces of at most CHUNK_CHARACTERS, without blank ones."""
    text, start, line = section.text.replace("\x00", ""), 0, section.line
    while start < len(text):
        end = _end(text, start)
        piece = text[start:end]
        begin = len(piece) - len(piece.lstrip())
        if piece.strip():
            first = line + piece.count("\n", 0, begin) if line else None
            yield Section(piece.strip(), section.page, section.heading, first)
        line = line + piece.count("\n") if line else None
        start = end


def _end(text: str, start: int) -> int:
    """Where the chunk that begins at *start* ends: at the last good border that fits."""
    limit = start + CHUNK_CHARACTERS
    if limit >= len(text):
        return len(text)
    if len(text) - limit < _LEAST:  # two even pieces rather than one and a scrap
        limit = start + (len(text) - start) * 2 // 3
    for border in _BORDERS:
        places = [m.end() for m in border.finditer(text, start + _LEAST, limit)]
        if places:
            return places[-1]
    return limit
