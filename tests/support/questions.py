"""Public questions whose answers are known (tests/questions/README.md tells their licences)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "questions"
PYTHON_FAQ, XQUAD = "python-faq", "xquad-en"


@dataclass(frozen=True)
class Answering:
    """A text, the page that it stands on, and the questions that it answers without naming them."""

    title: str
    text: str
    questions: Sequence[str]


def answering(name: str) -> list[Answering]:
    """All texts of one set."""
    lines = (FOLDER / f"{name}.jsonl").read_text("utf-8").split("\n")
    return [Answering(**json.loads(line)) for line in lines if line]
