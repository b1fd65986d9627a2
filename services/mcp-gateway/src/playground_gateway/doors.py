"""The product's own REST and SSE doors, through which everything here acts: one client, kept."""

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from playground.errors import ModelUnavailable, PlaygroundError
from playground.identifiers import conversation_name
from playground_gateway.refusal import refusal, refusal_of_problem

log = logging.getLogger(__name__)

_ANSWER_WITHIN = httpx.Timeout(30, connect=3)
_LONGEST_WAIT = httpx.Timeout(90, connect=3)
"""Of launches: their doors hold the answer for a minute at most."""
_STREAMING = httpx.Timeout(60, connect=3)
"""Between two pieces: a door's streams are never silent for longer than their ping of 15 s."""
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=32)


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    kind: str
    data: str
    id: str | None = None

    def json(self) -> Any:
        return json.loads(self.data)


class Doors:
    """What tools and resources ask of the API and of the chat backend.

    Every failure is raised as a Refusal with the door's own code. The doors answer to loopback
    names alone, so that is what they are called by, wherever they are.
    """

    def __init__(self, api_url: str, chat_url: str) -> None:
        self._api = _client(api_url)
        self._chat = _client(chat_url)

    async def close(self) -> None:
        await self._api.aclose()
        await self._chat.aclose()

    async def api(self, method: str, path: str, **request: Any) -> Any:
        """The API's answer, as JSON values."""
        return await _answer(self._api, method, path, request)

    async def chat(self, method: str, path: str, **request: Any) -> Any:
        """The chat backend's answer, as JSON values."""
        return await _answer(self._chat, method, path, request)

    @asynccontextmanager
    async def stream(
        self, path: str, body: Mapping[str, Any]
    ) -> AsyncGenerator[AsyncIterator[Event]]:
        """The events that the chat backend answers a POST with. One that breaks off just ends."""
        async with self._events("POST", path, json=body) as events:
            yield events

    @asynccontextmanager
    async def rest_of_stream(
        self, session_id: str, last_id: str
    ) -> AsyncGenerator[AsyncIterator[Event]]:
        """What has happened in a conversation since *last_id*, to the end of its turn."""
        path = session_path(session_id, "/stream")
        async with self._events("GET", path, headers={"Last-Event-ID": last_id}) as events:
            yield events

    @asynccontextmanager
    async def _events(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **request: Any
    ) -> AsyncGenerator[AsyncIterator[Event]]:
        marked = {"X-Playground-Door": "mcp", **(headers or {})}
        asked = self._chat.build_request(
            method, path, headers=marked, timeout=_STREAMING, **request
        )
        try:
            answer = await self._chat.send(asked, stream=True)
        except httpx.HTTPError as error:
            raise _unreachable(path, error) from error
        try:
            if not answer.is_success:
                raise _refused(answer, await answer.aread())
            yield _events(answer)
        finally:
            await answer.aclose()


def session_path(session_id: str, below: str = "") -> str:
    """The path of a session or conversation. Raises InvalidRequest for what names none."""
    return f"/v1/sessions/{conversation_name(session_id)}{below}"


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url,
        headers={"Host": "localhost"},
        timeout=_ANSWER_WITHIN,
        limits=_LIMITS,
        trust_env=False,
        transport=httpx.AsyncHTTPTransport(retries=1, limits=_LIMITS),
    )


async def _answer(
    client: httpx.AsyncClient, method: str, path: str, request: Mapping[str, Any]
) -> Any:
    params = {k: v for k, v in request.get("params", {}).items() if v is not None}
    waits = "wait" in params
    try:
        answer = await client.request(
            method,
            path,
            params=params,
            json=request.get("json"),
            headers=request.get("headers"),
            timeout=_LONGEST_WAIT if waits else _ANSWER_WITHIN,
        )
    except httpx.HTTPError as error:
        raise _unreachable(path, error) from error
    if not answer.is_success:
        raise _refused(answer, answer.content)
    return answer.json() if answer.content else None


def _refused(answer: httpx.Response, body: bytes) -> Exception:
    try:
        return refusal_of_problem(json.loads(body))
    except ValueError:
        log.warning("%s answered %s without a problem", answer.url.path, answer.status_code)
        return refusal(PlaygroundError())


def _unreachable(path: str, error: httpx.HTTPError) -> Exception:
    log.warning("%s: %s", path, type(error).__name__)
    return refusal(_Away())


class _Away(ModelUnavailable):
    """A part of the playground that this needs cannot be reached; try again shortly."""

    code, status, title = "internal", 503, "Part unavailable"


async def _events(answer: httpx.Response) -> AsyncGenerator[Event]:
    """Split at line feeds alone: httpx's own lines end at U+2028 too, which texts may hold."""
    rest = b""
    try:
        async for piece in answer.aiter_bytes():
            *blocks, rest = (rest + piece).split(b"\n\n")
            for block in blocks:
                if event := _event(block.decode("utf-8", "replace")):
                    yield event
    except httpx.HTTPError as error:
        log.warning("%s broke off: %s", answer.url.path, type(error).__name__)


def _event(block: str) -> Event | None:
    fields: dict[str, list[str]] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    if "data" not in fields:
        return None
    kind, identifier = fields.get("event", ["message"])[-1], fields.get("id", [None])[-1]
    return Event(kind, "\n".join(fields["data"]), identifier)
