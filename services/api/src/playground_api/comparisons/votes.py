"""The votes of all runs, counted for each scenario and model."""

from collections.abc import Iterable
from dataclasses import dataclass

from playground_api.comparisons.model import Column, Judged

_Who = tuple[str, int | None, str]


@dataclass
class Tally:
    """How a version of a scenario with one model has fared in the runs that were voted on."""

    scenario: str
    version: int | None
    title: str
    model: str
    votes: int = 0
    runs: int = 0

    @property
    def share(self) -> int:
        """Of the runs that it took part in, those that it won, in per cent."""
        return round(100 * self.votes / self.runs) if self.runs else 0


def tallies(judged: Iterable[Judged]) -> list[Tally]:
    """The most voted for first."""
    found: dict[_Who, Tally] = {}
    for one in judged:
        if one.vote is None or one.vote >= len(one.run.columns):
            continue
        columns = one.run.columns
        for who, column in {_who(column): column for column in columns}.items():
            found.setdefault(who, Tally(*who[:2], column.title, column.model)).runs += 1
        found[_who(columns[one.vote])].votes += 1
    return sorted(found.values(), key=_rank)


def _rank(tally: Tally) -> tuple[int, int, str, int, str]:
    return -tally.votes, -tally.share, tally.scenario, -(tally.version or 0), tally.model


def _who(column: Column) -> _Who:
    return column.scenario, column.version, column.model
