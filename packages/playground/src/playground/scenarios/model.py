"""What a scenario is (contract §4)."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from playground.errors import FieldError, InvalidRequest
from playground.scenarios.accents import Accent, accent_by_name
from playground.scenarios.inputs import MAX_TEXT, Input
from playground.scenarios.layouts import Layout
from playground.scenarios.tools import OwnServer, ToolSource

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
WebAddress = Annotated[str, Field(pattern=r"^https?://[^/?#\s@]+(/[^?#\s]*)?$", max_length=300)]
ImageName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@-]*$", max_length=300)]

ModelName = Annotated[str, Field(pattern=r"^[!-~]{1,200}$")]


class Strict(BaseModel):
    """A part of a scenario file: a field that is not known is a mistake, and is said."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(Strict):
    """What a session of the scenario may use."""

    idle_s: Annotated[int, Field(ge=10)] = 1800
    max_turns: Annotated[int, Field(ge=1)] = 500
    memory_mb: Annotated[int, Field(ge=64)] = 512
    cpus: Annotated[float, Field(gt=0)] = 1.0
    internet: bool = False
    """Whether the page's container may reach the internet; where pages are processes, all may."""


class AnswerCache(Strict):
    """Gives an answer again to a question that means the same, where Redis can search."""

    distance: Annotated[float, Field(ge=0, le=1)] = 0.1
    """The cosine distance of their embeddings up to which two questions mean the same."""
    keep_s: Annotated[int, Field(ge=1, le=30 * 86_400)] = 86_400


class App(Strict):
    """For `kind: app`: the Streamlit app that is the session's page. One of three is given."""

    script: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    """A script, by its path in the folder of scenarios."""
    image: ImageName | None = None
    """An image that serves the app at `port`, where pages are containers."""
    url: WebAddress | None = None
    """An app that somebody else has started."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 8501

    @field_validator("script")
    @classmethod
    def _within_folder(cls, script: str | None) -> str | None:
        path = PurePosixPath(script or "app.py")
        if path.is_absolute() or ".." in path.parts or "\\" in str(path) or path.suffix != ".py":
            raise ValueError("a script is a .py file by its path in the folder of scenarios")
        return script

    @model_validator(mode="after")
    def _is_one(self) -> "App":
        if sum(one is not None for one in (self.script, self.image, self.url)) != 1:
            raise ValueError("an app is one of script, image and url")
        return self


class Scenario(Strict):
    """One scenario. Its prompt may hold ``{{ key }}`` of its inputs or of the session's context."""

    name: Slug
    title: Annotated[str, Field(min_length=1, max_length=80)]
    summary: Annotated[str, Field(max_length=300)] = ""
    icon: str = "💬"
    accent: Accent | None = None
    """The colour of its card and of its page; without it, one that its name decides."""
    layout: Layout = "sidebar"
    """Where its page asks for `inputs`: beside the conversation, or above it, one below another or
    side by side."""
    kind: Literal["chat", "app"] = "chat"
    system_prompt: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    model: str | None = None
    fallbacks: Annotated[list[ModelName], Field(max_length=4)] = []
    """Models that are asked, in this order, while `model` cannot be and has not said a word."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    greeting: str = ""
    starters: list[str] = []
    inputs: list[Input] = []
    uploads: bool = False
    tools: Annotated[list[ToolSource], Field(max_length=50)] = []
    mcp_server: OwnServer | None = None
    answer_cache: AnswerCache | None = None
    limits: Limits = Limits()
    app: App | None = None

    @field_validator("inputs")
    @classmethod
    def _keys_differ(cls, inputs: list[Input]) -> list[Input]:
        keys = [i.key for i in inputs]
        if len(set(keys)) < len(keys):
            raise ValueError("two inputs have the same key")
        return inputs

    @model_validator(mode="after")
    def _kind_is_whole(self) -> "Scenario":
        if self.kind == "chat" and not self.system_prompt.strip():
            raise ValueError("a chat scenario needs a system_prompt")
        if self.kind == "app" and self.app is None:
            raise ValueError("a scenario of kind app needs app: {script}, {image} or {url}")
        beside_a_page = self.mcp_server is not None and self.mcp_server.port is not None
        if beside_a_page and (self.app is None or self.app.url is not None):
            raise ValueError("an mcp_server at a port needs app: {script} or {image}")
        return self

    @property
    def own_accent(self) -> Accent:
        """The accent that it names, or that its name decides."""
        return self.accent or accent_by_name(self.name)

    def checked_inputs(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All inputs, *given* ones in place of their defaults. Raises InvalidRequest, per field."""
        known = {i.key: i for i in self.inputs}
        errors = [
            FieldError(f"inputs.{key}", f"{self.name} has no such input")
            for key in given
            if key not in known
        ]
        errors += [
            FieldError(f"inputs.{key}", wrong)
            for key, value in given.items()
            if key in known and (wrong := known[key].complaint(value))
        ]
        if errors:
            raise InvalidRequest("Some inputs do not fit the scenario.", errors=tuple(errors))
        return {key: given.get(key, i.initial) for key, i in known.items()}


_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}\}")


def placeholders(prompt: str) -> set[str]:
    """What the placeholders of *prompt* name, such as ``product`` or ``customer.name``."""
    return set(_PLACEHOLDER.findall(prompt))


def filled_in(prompt: str, values: Mapping[str, Any]) -> str:
    """*prompt* with every ``{{ key }}`` replaced by its value.

    Dots go into objects, unknown keys vanish. Values are put in as they are, once: a placeholder
    inside a value stays text.
    """

    def value_of(match: re.Match[str]) -> str:
        found: Any = values
        for part in match[1].split("."):
            if not isinstance(found, Mapping):
                return ""
            found = cast(Mapping[str, Any], found).get(part)
        return _as_read(found)

    return _PLACEHOLDER.sub(value_of, prompt).strip()


def _as_read(value: Any) -> str:
    """*value* as a reader of the prompt expects it: yes or no, and 3 rather than 3.0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
