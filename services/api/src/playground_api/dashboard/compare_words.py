"""The compare page's words for figures, and how far a run has come."""

from collections.abc import Sequence
from dataclasses import dataclass

from playground.conversation.model import Outcome
from playground_api.comparisons.model import Answer, Column, Judged

NOTHING = "–"


@dataclass(frozen=True)
class Shown:
    """One column of a run as the page shows it."""

    number: int
    column: Column
    answer: Answer
    voted: bool = False

    @property
    def model(self) -> str:
        return self.answer.model or self.column.model

    @property
    def by(self) -> str:
        """Which version of the scenario answers, and which model."""
        version = f"version {self.column.version}" if self.column.version else ""
        return " · ".join(part for part in (version, self.model or "its own model") if part)

    @property
    def state(self) -> str:
        """In a word, for styles and readers."""
        if self.answer.outcome is None:
            return "answering" if self.answer.text else "waiting"
        return str(self.answer.outcome)

    @property
    def problem(self) -> str:
        """Why the answer is not whole; empty where it is."""
        if self.answer.problem:
            return str(self.answer.problem.get("detail") or self.answer.problem.get("title"))
        if self.answer.outcome is Outcome.INTERRUPTED:
            return "The answer broke off, or is not kept any more."
        return "It was cancelled." if self.answer.outcome is Outcome.CANCELLED else ""

    @property
    def figures(self) -> list[tuple[str, str]]:
        """Names and values, always the same names, so that nothing moves when they come."""
        answer = self.answer
        speed, tokens = answer.tokens_per_s, answer.output_tokens
        return [
            ("First token", duration(answer.first_token_ms)),
            ("Speed", f"{speed:.{0 if speed >= 100 else 1}f} tokens/s" if speed else NOTHING),
            ("Length", f"{tokens} tokens" if tokens else length(answer)),
            ("Whole answer", duration(answer.total_ms)),
        ]


def columns(judged: Judged, answers: Sequence[Answer]) -> list[Shown]:
    """The columns of a run in their order."""
    return [
        Shown(number, column, answer, voted=judged.vote == number)
        for number, (column, answer) in enumerate(zip(judged.run.columns, answers, strict=True))
    ]


def duration(ms: int | None) -> str:
    """``340 ms`` or ``2.4 s``."""
    if ms is None:
        return NOTHING
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def length(answer: Answer) -> str:
    """In words, where the provider counts no tokens."""
    if answer.outcome is None:
        return NOTHING
    return "1 word" if answer.words == 1 else f"{answer.words} words"


def progress(answers: Sequence[Answer]) -> str:
    """How many have answered, in a sentence."""
    ended = sum(answer.outcome is not None for answer in answers)
    if ended == len(answers):
        return "All have answered."
    return f"{ended} of {len(answers)} have answered."
