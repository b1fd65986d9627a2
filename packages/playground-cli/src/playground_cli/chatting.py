"""`playground chat`: one message or a conversation, streamed into the terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.models import note_on
from playground_cli.client import PlaygroundClient, Refused
from playground_cli.interrupts import interrupt_cancels
from playground_cli.output import console, errors
from playground_cli.replies import Reply


@dataclass(frozen=True)
class Manner:
    """Which model answers and how freely, where not as the session says."""

    model: str | None = None
    temperature: float | None = None

    def fields(self) -> dict[str, Any]:
        """What is said of it in a request."""
        said = {"model": self.model, "temperature": self.temperature}
        return {name: value for name, value in said.items() if value is not None}


def session_for(
    client: PlaygroundClient, target: str, manner: Manner
) -> tuple[dict[str, Any], str]:
    """The session that *target* names, or a new one of the scenario it names; and its greeting."""
    try:
        return client.get(f"/v1/sessions/{target}"), ""
    except Refused as refused:
        if refused.code != "session_not_found":
            raise
    scenario = client.get(f"/v1/scenarios/{target}")
    wanted = {"scenario": target, **manner.fields()}
    return client.post("/v1/sessions", wanted, wait=60), scenario["greeting"]


def say_what_to_know(model: str) -> None:
    """The note on replies of *model*, if there is one: beside the replies, not among them."""
    note = note_on(model)
    if note:
        errors.print(note, style="dim", markup=False)


def question(session_id: str, text: str | None, manner: Manner) -> dict[str, Any]:
    """The request that asks *text*, or without one the last question anew."""
    what = {"regenerate": True} if text is None else {"input": text}
    return {"session_id": session_id, **what, **manner.fields()}


def ask(client: PlaygroundClient, asked: Mapping[str, Any]) -> bool:
    """Ask, print the answer as it comes; whether it came to its end. Raises Refused."""
    reply = Reply()
    with interrupt_cancels(client, asked["session_id"]) as pressed:
        try:
            for event in client.stream("/v1/chat/stream", asked):
                reply.tell(event)
        finally:
            reply.end()
    if pressed.is_set():
        errors.print("Stopped.", style="dim")
    return not pressed.is_set()


def ask_quietly(client: PlaygroundClient, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Ask, return the whole answer as the REST door gives it. Raises Refused."""
    with interrupt_cancels(client, asked["session_id"]):
        return client.post("/v1/chat", asked)


def converse(client: PlaygroundClient, session_id: str, manner: Manner) -> None:
    """Ask and answer until Ctrl-D, or Ctrl-C between two answers."""
    while True:
        try:
            text = console.input("[bold]you:[/bold] ").strip()
        except (EOFError, KeyboardInterrupt):
            console.out("")
            return
        if text:
            try:
                ask(client, question(session_id, text, manner))
            except Refused as refused:
                console.out(str(refused))
