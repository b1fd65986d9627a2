"""A scenario of somebody's own as it is kept, and what such a scenario may not be."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from playground.clock import Moment
from playground.errors import FieldError, InvalidRequest
from playground.scenarios.model import Limits, Scenario
from playground.scenarios.tools import McpServer, secrets_named


class Version(BaseModel):
    """A scenario as it was saved once; the first is 1."""

    model_config = ConfigDict(frozen=True)

    version: int
    saved_at: Moment
    scenario: Scenario


def require_ownable(scenario: Scenario) -> Scenario:
    """*scenario*, if anybody who can reach a door may have it. Raises InvalidRequest, per field.

    What runs code, reads the operator's secrets or takes more of the machine than usual comes from
    a file in the folder of scenarios, which is the operator's.
    """
    broken = tuple(_broken_texts(scenario.model_dump(), ()))
    if broken:
        raise InvalidRequest("Some texts are not Unicode.", errors=broken)
    errors = tuple(_complaints(scenario))
    if errors:
        raise InvalidRequest("Only a file in the folder of scenarios may say this.", errors=errors)
    return scenario


def _complaints(scenario: Scenario) -> Iterator[FieldError]:
    if scenario.kind != "chat" or scenario.app is not None:
        yield FieldError("kind", "An app runs code: it has to be a file.")
    for number, source in enumerate(scenario.tools):
        if isinstance(source, McpServer):
            yield from _server_complaints(source, f"tools.{number}")
    if scenario.mcp_server is not None:
        yield FieldError("mcp_server", "A server that is passed through has to be in a file.")
    usual = Limits()
    if scenario.limits.memory_mb > usual.memory_mb:
        yield FieldError("limits.memory_mb", f"At most {usual.memory_mb}.")
    if scenario.limits.cpus > usual.cpus:
        yield FieldError("limits.cpus", f"At most {usual.cpus:g}.")
    if scenario.limits.internet:
        yield FieldError("limits.internet", "Only a file may let a page into the internet.")


def _server_complaints(server: McpServer, place: str) -> Iterator[FieldError]:
    if server.command is not None:
        yield FieldError(f"{place}.command", "A command runs code: it has to be in a file.")
    for name in ("headers", "env"):
        if any(secrets_named(value) for value in getattr(server, name).values()):
            yield FieldError(f"{place}.{name}", "Variables are put into files alone.")


def _broken_texts(value: object, place: tuple[str, ...]) -> Iterator[FieldError]:
    """Texts that hold half a character: JSON's escapes can say what no store can keep."""
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            yield FieldError(".".join(place), "holds half of a surrogate pair")
        return
    parts: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        parts = cast(dict[str, Any], value).items()
    elif isinstance(value, list):
        parts = enumerate(cast(list[Any], value))
    for key, part in parts:
        yield from _broken_texts(str(key), (*place, "key"))
        yield from _broken_texts(part, (*place, str(key)))
