"""What the command line prints: lines for a person, or JSON for a program."""

import json
import unicodedata
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def say(line: str) -> None:
    """One line for a person, at once also where the output is a file."""
    console.out(line)
    console.file.flush()


def harmless(text: str) -> str:
    """*text* without what a terminal would obey: it may be a stranger's. Files get it as it is."""
    if not console.is_terminal:
        return text
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")


def one_line(text: str) -> str:
    """*text* in one line that a terminal only shows."""
    return "".join(c if unicodedata.category(c) != "Cc" else " " for c in text)


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    console.out(json.dumps(data, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table; texts are shown as they are, markup in them is not read."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    console.print(table)


def session_rows(sessions: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Sessions as rows: id, status, scenario, title, turns, address."""
    return [
        [
            s["id"],
            s["status"] + (f" ({s['end_reason']})" if s["end_reason"] else ""),
            s["scenario"],
            s["title"],
            str(s["turns"]),
            s["url"] or "",
        ]
        for s in sessions
    ]
