"""What clients may ask about sessions: the bodies of POST and PATCH."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from playground.scenarios.inputs import MAX_TEXT
from playground_api.json_values import JsonObject

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ModelName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^\S+$")
]
Temperature = Annotated[float, Field(ge=0, le=2, strict=True)]


class NewSession(BaseModel):
    """The body of POST /v1/sessions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: Annotated[str, Field(min_length=1, max_length=100)]
    title: Title | None = None
    inputs: JsonObject = {}
    context: JsonObject = {}
    model: ModelName | None = None
    temperature: Temperature | None = None


class Fork(BaseModel):
    """The body of POST /v1/sessions/{id}/fork."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """The last message that is copied; without it, all of every turn that has ended."""
    scenario: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class SessionPatch(BaseModel):
    """The body of PATCH /v1/sessions/{id}: what is absent stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Title | None = None
    model: ModelName | None = None
    temperature: Temperature | None = None
    system_prompt: Annotated[str, Field(max_length=MAX_TEXT)] | None = None
    """Null goes back to the scenario's."""
    inputs: JsonObject | None = None

    @field_validator("title", "inputs", "model", mode="before")
    @classmethod
    def _not_null(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("must not be null; leave it out to keep what it is")
        return value

    @property
    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: getattr(self, name) for name in self.model_fields_set}
