"""`playground chat`: one message or a conversation, streamed into the terminal."""

import json
from typing import Any

from httpx_sse import ServerSentEvent

from playground.models import note_on
from playground_cli.client import PlaygroundClient, Refused
from playground_cli.output import console, errors


def session_for(client: PlaygroundClient, target: str) -> tuple[dict[str, Any], str]:
    """The session that *target* names, or a new one of the scenario it names; and its greeting."""
    try:
        return client.get(f"/v1/sessions/{target}"), ""
    except Refused as refused:
        if refused.code != "session_not_found":
            raise
    scenario = client.get(f"/v1/scenarios/{target}")
    return client.post("/v1/sessions", {"scenario": target}, wait=60), scenario["greeting"]


def say_what_to_know(model: str) -> None:
    """The note on replies of *model*, if there is one: beside the replies, not among them."""
    note = note_on(model)
    if note:
        errors.print(note, style="dim", markup=False)


def ask(client: PlaygroundClient, session_id: str, text: str) -> str:
    """Send *text*, print the answer as it comes, return the whole of it. Raises Refused."""
    said: list[str] = []
    body = {"session_id": session_id, "input": text}
    for event in client.stream("/v1/chat/stream", body):
        if event.event == "token":
            said.append(event.data)
            console.out(event.data, end="")
        elif event.event == "error":
            console.out("")
            raise _failure(event)
    console.out("")
    return "".join(said)


def ask_quietly(client: PlaygroundClient, session_id: str, text: str) -> dict[str, Any]:
    """Send *text*, return the whole answer as the REST door gives it. Raises Refused."""
    return client.post("/v1/chat", {"session_id": session_id, "input": text})


def converse(client: PlaygroundClient, session_id: str) -> None:
    """Ask and answer until Ctrl-D or Ctrl-C."""
    while True:
        try:
            text = console.input("[bold]you:[/bold] ").strip()
        except (EOFError, KeyboardInterrupt):
            console.out("")
            return
        if text:
            try:
                ask(client, session_id, text)
            except Refused as refused:
                console.out(str(refused))


def _failure(event: ServerSentEvent) -> Refused:
    problem = json.loads(event.data)
    return Refused(problem["detail"], problem["code"])
