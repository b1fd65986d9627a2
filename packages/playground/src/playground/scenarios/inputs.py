"""What a scenario asks for on its page, and which values fit."""

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

MAX_TEXT = 100_000
_MOST = 2**53 - 1
"""The largest number up to which a browser knows every whole one."""

Bound = Annotated[float, Field(ge=-_MOST, le=_MOST, allow_inf_nan=False)]


class Input(BaseModel):
    """One thing that a scenario asks for on its page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    label: Annotated[str, Field(min_length=1, max_length=200)]
    type: Literal["text", "textarea", "select", "number", "slider", "checkbox", "code"]
    options: list[str] | None = None
    default: str | int | float | bool | None = None
    help: str | None = None
    min: Bound | None = None
    max: Bound | None = None
    step: Annotated[float, Field(gt=0, le=_MOST, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "Input":
        if self.type == "select" and not self.options:
            raise ValueError("a select needs options")
        if self.type == "slider" and (self.min is None or self.max is None):
            raise ValueError("a slider needs min and max")
        if wrong := self._bounds_complaint():
            raise _wrong_at("max", wrong, self.max)
        if self.default is not None and (wrong := self.complaint(self.default)):
            raise _wrong_at("default", wrong, self.default)
        return self

    def _bounds_complaint(self) -> str | None:
        if self.min is None or self.max is None:
            return None
        if self.type == "slider" and self.max <= self.min:
            return f"must be more than the least, {self.min:g}"
        if self.max < self.min:
            return f"must be at least the least, {self.min:g}"
        return None

    def complaint(self, value: Any) -> str | None:
        """What is wrong with *value* for this input, or None."""
        if self.type == "checkbox":
            return None if isinstance(value, bool) else "must be true or false"
        if self.type in ("number", "slider"):
            return self._number_complaint(value)
        if not isinstance(value, str):
            return "must be a text"
        if len(value) > MAX_TEXT:
            return f"must have at most {MAX_TEXT:,} characters"
        if self.type == "select" and value not in (self.options or []):
            return f"must be one of: {', '.join(self.options or [])}"
        return None

    def _number_complaint(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "must be a number"
        if isinstance(value, float) and not math.isfinite(value):
            return "must be a number"
        if self.min is not None and value < self.min:
            return f"must be at least {self.min:g}"
        if self.max is not None and value > self.max:
            return f"must be at most {self.max:g}"
        return None

    @property
    def initial(self) -> Any:
        """What the input holds before anybody touched it."""
        if self.default is not None:
            return self.default
        if self.type == "select":
            return (self.options or [""])[0]
        if self.type in ("number", "slider"):
            least = self.min or 0
            return least if self.max is None else min(least, self.max)
        return False if self.type == "checkbox" else ""


def _wrong_at(field: str, said: str, value: object) -> ValidationError:
    """The complaint that pydantic makes of a validator is of all fields; this one is of *field*."""
    kind = PydanticCustomError("value_error", "{said}", {"said": said})
    return ValidationError.from_exception_data(
        "Input", [InitErrorDetails(type=kind, loc=(field,), input=value)]
    )
