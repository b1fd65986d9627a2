"""The file of a conversation as it comes back from a stranger: checked, with ids of our own."""

import itertools
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from playground.conversation.model import Message
from playground.identifiers import new_id
from playground.scenarios.inputs import MAX_TEXT
from playground_api.json_values import JsonObject, storable
from playground_api.requests import ModelName, Temperature, Title

MAX_MESSAGES = 5_000


def _plausible(moment: datetime) -> datetime:
    if not 1970 <= moment.year <= 9000:
        raise ValueError("is no time at which anything can have been said")
    return moment.astimezone(UTC)


def _whole(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain NUL characters")
    return text


Count = Annotated[int, Field(ge=0, le=2**53)]
Dollars = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Id = Annotated[str, Field(min_length=1, max_length=128)]


class ImportedMessage(Message):
    """A message of the file; what a message has not is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id
    turn: Id
    content: Annotated[str, AfterValidator(_whole)]
    created_at: Annotated[AwareDatetime, AfterValidator(_plausible)]
    usage: dict[str, Count | Dollars] | None = None
    replaces: Id | None = None
    replaced_by: Any = None


class ImportedSession(BaseModel):
    """The session of the file. What belongs to the old one alone is read over."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: Annotated[str, Field(min_length=1, max_length=100)]
    title: Title | None = None
    model: ModelName | None = None
    temperature: Temperature | None = None
    system_prompt: Annotated[str, Field(max_length=MAX_TEXT)] | None = None
    inputs: JsonObject = {}
    context: JsonObject = {}
    id: Any = None
    status: Any = None
    turns: Any = None
    created_at: Any = None
    last_active_at: Any = None
    ended_at: Any = None


class Imported(BaseModel):
    """The body of POST /v1/sessions/import: what an export as JSON gave."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["chat-playground/conversation"]
    version: Literal[1]
    exported_at: Any = None
    session: ImportedSession
    messages: Annotated[list[ImportedMessage], Field(max_length=MAX_MESSAGES)]

    @model_validator(mode="before")
    @classmethod
    def _can_be_kept(cls, body: Any) -> Any:
        return storable(cast(dict[str, Any], body)) if isinstance(body, dict) else body

    @model_validator(mode="after")
    def _messages_are_a_conversation(self) -> "Imported":
        ids = [message.id for message in self.messages]
        if len(set(ids)) < len(ids):
            raise ValueError("two messages have the same id")
        turns: set[str] = set()
        for turn, said in itertools.groupby(self.messages, lambda m: m.turn):
            if turn in turns:
                raise ValueError(f"the messages of turn {turn!r} are not together")
            turns.add(turn)
            if [m.role for m in said] not in (["user"], ["user", "assistant"]):
                raise ValueError(f"turn {turn!r} is not a question and at most one answer")
        return self

    def renewed(self) -> list[Message]:
        """The messages with new ids. Which turns are replaced is told by those in their place."""
        turns = {turn: new_id("turn") for turn in {m.turn for m in self.messages}}
        return [
            Message.model_validate(
                {
                    **dict(m),
                    "id": new_id("msg"),
                    "turn": turns[m.turn],
                    "replaces": turns.get(m.replaces or ""),
                    "replaced_by": None,
                }
            )
            for m in self.messages
        ]
