"""What every kind of widget can tell and do; the modules beside this one are the kinds.

Values here are those that a reader sees: the text of an option, not its place; a date in ISO form.
How they go over the wire differs from release to release, and is read off the definitions.
"""

from typing import Any, Protocol, cast, runtime_checkable

from playground.errors import InvalidRequest
from playground_gateway.bridge.definitions import Proto


class Kind(Protocol):
    """One kind of widget. *body* is its message, such as a Slider."""

    @property
    def acts(self) -> str:
        """How it is used: `set` to a value, `open`, `click`, `chat`, or `upload`.

        What is opened is set too; its element says itself how it stands, whoever opened it.
        """
        ...

    def value(self, body: Proto, *, forced: bool) -> Any:
        """Its default, or, *forced*, the value that the app has given it."""
        ...

    def schema(self, body: Proto) -> dict[str, Any]:
        """The JSON Schema of the values that it takes."""
        ...

    def write(self, body: Proto, value: Any, state: Proto) -> Any:
        """Put *value* into the WidgetState; the value as it is shown from now on.

        Raises InvalidRequest for a value that it does not take: a server raises inside the app for
        what it cannot read, and again in every run.
        """
        ...


@runtime_checkable
class Legible(Protocol):
    """A kind of widget whose element does not tell what it was set to, and whose state does."""

    def read(self, state: Proto) -> Any:
        """The value in a WidgetState, as a reader sees it. Raises ValueError."""
        ...


def has_field(message: Proto, name: str) -> bool:
    """Whether this release's message has a field of that name."""
    return name in message.DESCRIPTOR.fields_by_name


def is_given(message: Proto, name: str) -> bool:
    """Whether that optional field is there and set."""
    return has_field(message, name) and message.HasField(name)


def wrong(body: Proto, expected: str) -> InvalidRequest:
    """The error for a value that a widget does not take."""
    label = getattr(body, "label", "") or body.DESCRIPTOR.name
    return InvalidRequest(f"{label!r} takes {expected}.")


def listed(value: Any) -> list[Any]:
    """*value*, if it is a list; else a list of it alone."""
    return cast(list[Any], value) if isinstance(value, list) else [value]


def optional(schema: dict[str, Any], *, clearable: bool) -> dict[str, Any]:
    """The schema, null included where the widget can be empty."""
    return {"anyOf": [schema, {"type": "null"}]} if clearable else schema
