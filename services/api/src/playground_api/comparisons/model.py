"""What a comparison is: the question, whom it was put to, and how each answer went."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from playground.clock import Moment
from playground.conversation.model import Outcome

MOST_COLUMNS = 6


class Kept(BaseModel):
    """A part of a run as it is kept in Redis."""

    model_config = ConfigDict(frozen=True)


class Column(Kept):
    """One of those who are asked: a scenario, and the conversation in which it answers."""

    scenario: str
    version: int | None = None
    """Of somebody's own scenario: how it was when it was asked."""
    wanted: str = ""
    """The scenario as it was chosen: by its name, or a version of it (``tea@2``)."""
    title: str
    icon: str
    wanted_model: str | None = None
    """The model that was chosen in the scenario's place."""
    model: str = ""
    draft: bool = False
    """Whether the scenario was only tried, and there is nothing to vote for."""
    conversation_id: str | None = None
    after: str | None = None
    """The question's place in that conversation's log."""
    problem: dict[str, Any] | None = None
    """Why it could not be asked."""


class Answer(Kept):
    """What one column has said so far, and in which time."""

    text: str = ""
    outcome: Outcome | None = None
    """None while it is still being given."""
    model: str = ""
    first_token_ms: int | None = None
    total_ms: int | None = None
    output_tokens: int | None = None
    """As the provider counts them; none where it says nothing."""
    tool_calls: int = 0
    problem: dict[str, Any] | None = None

    @property
    def tokens_per_s(self) -> float | None:
        """How fast the words came once they came, if the provider tells how many they were."""
        if not self.output_tokens or self.first_token_ms is None or self.total_ms is None:
            return None
        ms = self.total_ms - self.first_token_ms
        return round(self.output_tokens * 1000 / ms, 1) if ms > 0 else None

    @property
    def words(self) -> int:
        return len(self.text.split())


class Run(Kept):
    """One question and all of its columns."""

    id: str
    input: str
    created_at: Moment
    columns: list[Column]


class Judged(Kept):
    """A run, the answers if all of them are finished, and the column that was voted for."""

    run: Run
    answers: list[Answer] | None = None
    vote: int | None = None
