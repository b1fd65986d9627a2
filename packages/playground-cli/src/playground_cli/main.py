"""The command line `playground`, one function a command (contract §10)."""

import functools
import os
import webbrowser
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec

import typer
from pydantic import ValidationError

from playground_cli.chatting import ask, ask_quietly, converse, say_what_to_know, session_for
from playground_cli.client import PlaygroundClient, Refused
from playground_cli.doctor import examine
from playground_cli.fetching import model_commands
from playground_cli.output import console, errors, print_json, print_table, say, session_rows
from playground_cli.stack.settings import StackSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Chat Playground.")
app.add_typer(model_commands, name="model", help="The embedded model.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
P = ParamSpec("P")


def _in_words(command: Callable[P, None]) -> Callable[P, None]:
    """Failures as one line on standard error and exit code 1, never a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Refused as error:
            errors.print(str(error), markup=False)
            raise typer.Exit(1) from error
        except ValidationError as error:
            for wrong in error.errors():
                name = ".".join(str(part) for part in wrong["loc"]).upper()
                variable = name if name == "REDIS_URL" else f"PLAYGROUND_{name}"
                said = wrong["msg"].removeprefix("Value error, ")
                errors.print(f"{variable}: {said}", markup=False)
            raise typer.Exit(1) from error

    return run


def _client() -> PlaygroundClient:
    address = os.environ.get("PLAYGROUND_URL") or f"http://127.0.0.1:{StackSettings().port}"
    return PlaygroundClient(address)


@app.command()
@_in_words
def up() -> None:
    """Run the embedded stack; Ctrl-C stops it and leaves nothing behind."""
    from playground_cli.stack.up import run_stack  # the stack's imports are not every command's

    raise typer.Exit(run_stack(StackSettings(), say))


@app.command()
@_in_words
def status(as_json: AsJson = False) -> None:
    """Whether a playground runs here, and how its parts are."""
    readiness = _client().readiness()
    if as_json:
        print_json(readiness)
    else:
        rows = [
            [name, "ok" if check["ok"] else "not ok", _details(check)]
            for name, check in readiness["checks"].items()
        ]
        console.print(readiness["status"], markup=False)
        print_table(["part", "state", "details"], rows)
    if readiness["status"] == "unready":
        raise typer.Exit(1)


@app.command()
@_in_words
def launch(
    scenario: str,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
    title: Annotated[str | None, typer.Option(help="A title for the session.")] = None,
    as_json: AsJson = False,
) -> None:
    """Launch a session of SCENARIO and wait until its page is ready."""
    body = {"scenario": scenario} | ({"title": title} if title else {})
    session = _client().post("/v1/sessions", body, wait=60)
    if as_json:
        print_json(session)
    else:
        console.print(f"{session['id']}  {session['url'] or session['status']}", markup=False)
    if open_page and session["url"]:
        webbrowser.open(session["url"])


@app.command()
@_in_words
def chat(
    target: Annotated[str, typer.Argument(help="A session's id, or a scenario to launch.")],
    message: Annotated[
        str | None, typer.Argument(help="What to say; without it, a dialogue.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Talk to a session, or to a new one of a scenario; the answer is streamed."""
    client = _client()
    session, greeting = session_for(client, target)
    session_id: str = session["id"]
    if not as_json:
        say_what_to_know(session["model"])
    if message is None:
        console.print(f"{session_id} · Ctrl-D ends\n{greeting}".strip(), markup=False)
        converse(client, session_id)
    elif as_json:
        print_json(ask_quietly(client, session_id, message))
    else:
        ask(client, session_id, message)


@app.command()
@_in_words
def sessions(
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List sessions, the newest first."""
    found = _sessions(_client())
    if not everything:
        found = [s for s in found if s["status"] not in ("stopped", "failed")]
    if as_json:
        print_json(found)
    else:
        columns = ["id", "status", "scenario", "title", "turns", "page"]
        print_table(columns, session_rows(found))


@app.command()
@_in_words
def stop(
    session_id: Annotated[str | None, typer.Argument(help="The session to stop.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Stop every session.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop a session, or all of them; conversations stay readable."""
    if (session_id is None) == (not everything):
        raise Refused("Name a session, or say --all.")
    client = _client()
    live = [s["id"] for s in _sessions(client) if s["status"] not in ("stopped", "failed")]
    ids = live if session_id is None else [session_id]
    stopped = [client.delete(f"/v1/sessions/{one}") for one in ids]
    if as_json:
        print_json(stopped)
    else:
        for session in stopped:
            console.print(f"{session['id']}  {session['status']}", markup=False)


@app.command()
@_in_words
def doctor(as_json: AsJson = False) -> None:
    """What is missing on this machine, and the command that mends it."""
    findings = examine(StackSettings())
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            mark = "ok  " if finding.ok else ("MISS" if finding.vital else "miss")
            mend = "" if finding.ok else f"\n      → {finding.mend}"
            console.print(f"{mark}  {finding.what}: {finding.found}{mend}", markup=False)
    if any(finding.vital and not finding.ok for finding in findings):
        raise typer.Exit(1)


def _sessions(client: PlaygroundClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = client.get("/v1/sessions", limit=100, **more)
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def _details(check: dict[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in check.items() if k != "ok")
