"""Conversations of a test: what was said in them, and the proof that nothing of it is lost."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.compose_stack import ComposeStack


@dataclass(frozen=True)
class Said:
    """One event of a stream."""

    id: str
    kind: str
    data: str


@dataclass
class Conversations:
    """Conversations by name, with the messages that each had when it was last looked at."""

    stack: ComposeStack
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def say(self, name: str, text: str) -> str:
        """The answer to *text*."""
        body = {"session_id": name, "input": text}
        answer = httpx.post(f"{self.stack.url}/v1/chat", json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        self.note(name)
        return answer.json()["text"]

    def note(self, name: str) -> list[dict[str, Any]]:
        """The messages as they are now; nothing that was there before may have changed."""
        answer = httpx.get(f"{self.stack.url}/v1/sessions/{name}/messages", timeout=10)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        before = self.messages.get(name, [])
        assert found[: len(before)] == before, f"{name}: something that was said has changed"
        ids = [message["id"] for message in found]
        assert len(set(ids)) == len(ids), f"{name}: something is there twice"
        asked = [message["turn"] for message in found if message["role"] == "user"]
        assert len(set(asked)) == len(asked), f"{name}: a question is there twice"
        self.messages[name] = found
        return found

    def assert_as_they_were(self) -> None:
        """Nothing lost, nothing doubled, nothing added since they were last looked at."""
        for name, before in list(self.messages.items()):
            assert self.note(name) == before


def read_stream(url: str, heard: list[Said], *, last_id: str = "", **request: Any) -> None:
    """Add to *heard* what comes until the stream ends or breaks."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    method = "POST" if "json" in request else "GET"
    try:
        with httpx.stream(method, url, headers=headers, timeout=30, **request) as answer:
            for event in events(answer.iter_lines()):
                heard.append(event)
    except httpx.TransportError:
        return


def events(lines: Iterator[str]) -> Iterator[Said]:
    """The events of a stream of lines; one that is cut off is none."""
    fields: dict[str, list[str]] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields.setdefault(name, []).append(value.removeprefix(" "))
        elif "event" in fields:
            yield Said("".join(fields.get("id", [])), fields["event"][0], "\n".join(fields["data"]))
            fields = {}
        else:
            fields = {}


def tokens(heard: list[Said]) -> str:
    """The text of the pieces."""
    return "".join(said.data for said in heard if said.kind == "token")


def problem(heard: list[Said]) -> dict[str, Any] | None:
    """The error that was told, if one was."""
    return next((json.loads(said.data) for said in heard if said.kind == "error"), None)
