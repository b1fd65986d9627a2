"""What a client may send over `/ws/chat`: a question, a cancel, a wish to take up a stream."""

from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, TypeAdapter, ValidationError

from playground.errors import FieldError, InvalidRequest
from playground_chat.backend.doors.chat import ChatRequest

MAX_BYTES = 1024 * 1024


class Asked(ChatRequest):
    """A question, as `POST /v1/chat` takes it."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["chat"] = "chat"


class Cancel(BaseModel):
    """End the turn of the named conversation; without a name, all that this socket streams."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["cancel"]
    session_id: str | None = None


class Resume(BaseModel):
    """Tell what follows the event *after*; without it, the running turn from its begin."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["resume"]
    session_id: str
    after: str | None = None


Sent = Asked | Cancel | Resume


def _tag(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    kind: Any = cast(dict[str, Any], value).get("type", "chat")
    return kind if isinstance(kind, str) else None


_SENT: TypeAdapter[Sent] = TypeAdapter(
    Annotated[
        Annotated[Asked, Tag("chat")]
        | Annotated[Cancel, Tag("cancel")]
        | Annotated[Resume, Tag("resume")],
        Discriminator(_tag),
    ]
)


def read_message(text: str | None) -> Sent:
    """What a frame's *text* says; None is a binary frame. Raises InvalidRequest."""
    if text is None:
        raise InvalidRequest("Binary frames are not understood: send JSON as text.")
    if len(text.encode()) > MAX_BYTES:
        raise InvalidRequest(f"A message may have at most {MAX_BYTES:,} bytes.")
    try:
        return _SENT.validate_json(text)
    except ValidationError as error:
        raise _in_words(error) from error


def _in_words(error: ValidationError) -> InvalidRequest:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return InvalidRequest("This is not JSON.")
    if not first["loc"]:
        return InvalidRequest(
            "A message is an object whose type is chat (or absent), cancel or resume."
        )
    fields = tuple(
        FieldError(".".join(map(str, one["loc"][1:])) or "type", one["msg"])
        for one in error.errors()
    )
    return InvalidRequest("Some fields are not valid.", errors=fields)
