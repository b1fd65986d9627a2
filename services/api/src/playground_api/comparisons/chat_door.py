"""The chat backend's door for comparisons (`POST /v1/compare`), as the dashboard asks there."""

import json
import logging
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from playground.errors import (
    FieldError,
    InvalidRequest,
    ModelUnavailable,
    PlaygroundError,
    TooLarge,
)

log = logging.getLogger(__name__)

_ANSWER_WITHIN = httpx.Timeout(30, connect=3)


class ChatAway(ModelUnavailable):
    """The chat backend cannot be reached; try again shortly."""

    code, title = "internal", "Chat backend unavailable"


@dataclass(frozen=True)
class Begun:
    """How the asking of one target began: a turn that runs on by itself, or a problem."""

    conversation_id: str | None = None
    after: str | None = None
    model: str = ""
    problem: dict[str, Any] | None = None


class ChatDoor:
    """Asks on behalf of the dashboard. The backend answers to loopback names alone."""

    def __init__(self, chat_url: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=chat_url,
            headers={"Host": "localhost"},
            timeout=_ANSWER_WITHIN,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, text: str, targets: Sequence[dict[str, Any]]) -> list[Begun]:
        """Put *text* to *targets*, and return once every turn has begun; they need no reader.

        Raises InvalidRequest and TooLarge for a text that cannot be asked, and ChatAway.
        """
        found: dict[int, Begun] = {}
        try:
            async for kind, event_id, data in self._events(text, targets):
                number = data.get("target")
                if number is None or number in found:
                    continue
                found[number] = _begun(kind, event_id, data)
                if len(found) == len(targets):
                    break
        except httpx.HTTPError as error:
            log.warning("comparison: %s", type(error).__name__)
            raise ChatAway from error
        if len(found) < len(targets):
            raise ChatAway
        return [found[number] for number in range(len(targets))]

    async def _events(
        self, text: str, targets: Sequence[dict[str, Any]]
    ) -> AsyncGenerator[tuple[str, str | None, dict[str, Any]]]:
        body = {"input": text, "targets": list(targets)}
        async with self._http.stream("POST", "/v1/compare", json=body) as answer:
            if not answer.is_success:
                raise _refusal(await answer.aread())
            rest = b""
            async for piece in answer.aiter_bytes():
                *blocks, rest = (rest + piece).split(b"\n\n")
                for block in blocks:
                    fields = dict(_fields(block.decode()))
                    if "data" in fields:
                        yield fields.get("event", ""), fields.get("id"), json.loads(fields["data"])


def _fields(block: str) -> list[tuple[str, str]]:
    """The lines of one event; each `data` of this door is a JSON in one line."""
    parts = (line.partition(":") for line in block.split("\n"))
    return [(name, value.removeprefix(" ")) for name, _, value in parts]


def _begun(kind: str, event_id: str | None, data: dict[str, Any]) -> Begun:
    if kind == "target":
        return Begun(data["session_id"], event_id, data["model"])
    return Begun(problem=data.get("problem") or PlaygroundError().problem())


def _refusal(body: bytes) -> PlaygroundError:
    """The door's refusal as our own."""
    try:
        problem = json.loads(body)
        kinds: dict[str, type[PlaygroundError]] = {"too_large": TooLarge}
        kind = kinds.get(problem["code"], InvalidRequest if problem["status"] < 500 else ChatAway)
        errors = tuple(FieldError(e["field"], e["message"]) for e in problem.get("errors", ()))
        return kind(problem["detail"], errors=errors)
    except (ValueError, KeyError, TypeError):
        return ChatAway()
