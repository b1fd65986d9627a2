"""The command line `playground`, one function a command (contract §10)."""

from typing import Annotated, Any

import typer

from playground_cli.client import PlaygroundClient, Refused
from playground_cli.commands import AsJson, in_words, running_playground
from playground_cli.conversation import OpenPage, conversation_commands, show_launched
from playground_cli.doctor import examine
from playground_cli.fetching import model_commands
from playground_cli.output import console, print_json, print_table, say, session_rows
from playground_cli.stack.settings import StackSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Chat Playground.")
app.add_typer(conversation_commands)
app.add_typer(model_commands, name="model", help="The embedded model.")


@app.command()
@in_words
def up() -> None:
    """Run the embedded stack; Ctrl-C stops it and leaves nothing behind."""
    from playground_cli.stack.up import run_stack  # the stack's imports are not every command's

    raise typer.Exit(run_stack(StackSettings(), say))


@app.command()
@in_words
def status(as_json: AsJson = False) -> None:
    """Whether a playground runs here, and how its parts are."""
    with running_playground() as playground:
        readiness = playground.readiness()
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
@in_words
def launch(
    scenario: str,
    open_page: OpenPage = False,
    title: Annotated[str | None, typer.Option(help="A title for the session.")] = None,
    as_json: AsJson = False,
) -> None:
    """Launch a session of SCENARIO and wait until its page is ready."""
    body = {"scenario": scenario} | ({"title": title} if title else {})
    with running_playground() as playground:
        session = playground.post("/v1/sessions", body, wait=60)
    show_launched(session, open_page=open_page, as_json=as_json)


@app.command()
@in_words
def sessions(
    everything: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List sessions, the newest first."""
    with running_playground() as playground:
        found = _sessions(playground)
    if not everything:
        found = [s for s in found if s["status"] not in ("stopped", "failed")]
    if as_json:
        print_json(found)
    else:
        columns = ["id", "status", "scenario", "title", "turns", "page"]
        print_table(columns, session_rows(found))


@app.command()
@in_words
def stop(
    session_id: Annotated[str | None, typer.Argument(help="The session to stop.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Stop every session.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop a session, or all of them; conversations stay readable."""
    if (session_id is None) == (not everything):
        raise Refused("Name a session, or say --all.")
    with running_playground() as playground:
        live = [s["id"] for s in _sessions(playground) if s["status"] not in ("stopped", "failed")]
        ids = live if session_id is None else [session_id]
        stopped = [playground.delete(f"/v1/sessions/{one}") for one in ids]
    if as_json:
        print_json(stopped)
    else:
        for session in stopped:
            console.print(f"{session['id']}  {session['status']}", markup=False)


@app.command()
@in_words
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
