"""What is text already: Markdown under its headings, tables row by row, all else by lines."""

import csv
import re
from collections.abc import Iterator
from io import StringIO

from playground_chat.backend.documents.reader.sections import Headings, Section, Unreadable

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"(=+|-+)\s*$")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_ROWS = 12
"""Rows of a table that make a section: each names its columns, so that it can be read alone."""


def text_sections(text: str) -> Iterator[Section]:
    """All of it, from its first line on."""
    yield Section(text, line=1)


def markdown_sections(text: str) -> Iterator[Section]:
    """The text under each heading; what looks like one inside of a code block is none."""
    headings, lines, first = Headings(), list[str](), 1
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        fence = _fence_after(fence, line)
        marked = None if fence else _HEADING.match(line)
        underlined = None if fence or not lines or not lines[-1].strip() else _UNDERLINE.match(line)
        if marked is None and (underlined is None or len(line.strip()) < 3):
            lines.append(line)
            continue
        title = marked[2] if marked else lines.pop()
        level = len(marked[1]) if marked else 1 if line.startswith("=") else 2
        yield Section("\n".join(lines), heading=headings.path(), line=first)
        headings.enter(level, title)
        lines, first = [], number + 1
    yield Section("\n".join(lines), heading=headings.path(), line=first)


def _fence_after(fence: str, line: str) -> str:
    """The mark of the code block that is open after *line*, or nothing."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1]
    return "" if found[1].startswith(fence) else fence


def table_sections(text: str) -> Iterator[Section]:
    """Some rows at a time, each value after the name of its column. Raises Unreadable."""
    csv.field_size_limit(1 << 20)
    reader = csv.reader(StringIO(text), _dialect(text))
    try:
        names = next(reader)
        rows, first = list[str](), reader.line_num + 1
        for row in reader:
            rows.append(_row(names, row))
            if len(rows) == _ROWS:
                yield Section("\n".join(rows), line=first)
                rows, first = [], reader.line_num + 1
        yield Section("\n".join(rows or [" | ".join(names)]), line=first if rows else 1)
    except (csv.Error, StopIteration) as error:
        raise Unreadable("The table is broken, and cannot be read.") from error


def _dialect(text: str) -> "type[csv.Dialect]":
    try:
        return csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
    except csv.Error:
        return csv.excel


def _row(names: list[str], row: list[str]) -> str:
    pairs = [
        f"{names[i]}: {value}" if i < len(names) and names[i] else value
        for i, value in enumerate(row)
        if value
    ]
    return " ".join(" | ".join(pairs).split())
