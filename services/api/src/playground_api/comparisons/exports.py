"""Comparisons as files: JSON that loses nothing, and CSV with a line for each answer."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from playground.clock import now, rfc3339
from playground_api.comparisons.model import Answer, Judged

FORMAT = "chat-playground/comparisons"
VERSION = 1
_FIELDS: tuple[str, ...] = (
    "run", "asked_at", "question", "column", "scenario", "version", "model", "status", "voted",
    "first_token_ms", "total_ms", "output_tokens", "tokens_per_s", "characters", "answer",
    "problem",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Answered = tuple[Judged, Sequence[Answer]]


def as_json(runs: Iterable[Answered]) -> str:
    """The runs with all of their answers."""
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": rfc3339(now()),
        "runs": [
            {
                "run": judged.run.id,
                "asked_at": rfc3339(judged.run.created_at),
                "question": judged.run.input,
                "answers": [_fields(judged, answers, n) for n in range(len(answers))],
            }
            for judged, answers in runs
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2)


def as_csv(runs: Iterable[Answered]) -> str:
    """One line for each answer. No cell can be taken for a formula by a spreadsheet."""
    text = io.StringIO()
    table = csv.DictWriter(text, _FIELDS, lineterminator="\r\n")
    table.writeheader()
    for judged, answers in runs:
        run = {
            "run": judged.run.id,
            "asked_at": rfc3339(judged.run.created_at),
            "question": judged.run.input,
        }
        for number in range(len(answers)):
            line = {**run, **_fields(judged, answers, number)}
            table.writerow({name: _cell(value) for name, value in line.items()})
    return text.getvalue()


def _fields(judged: Judged, answers: Sequence[Answer], number: int) -> dict[str, Any]:
    column, answer = judged.run.columns[number], answers[number]
    return {
        "column": number + 1,
        "scenario": column.scenario,
        "version": column.version,
        "model": answer.model or column.model,
        "status": str(answer.outcome or "running"),
        "voted": judged.vote == number,
        "first_token_ms": answer.first_token_ms,
        "total_ms": answer.total_ms,
        "output_tokens": answer.output_tokens,
        "tokens_per_s": answer.tokens_per_s,
        "characters": len(answer.text),
        "answer": answer.text,
        "problem": (answer.problem or {}).get("detail"),
    }


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
