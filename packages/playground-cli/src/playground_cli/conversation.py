"""The commands of one conversation: talk in it, give it documents, take it along, branch it."""

import webbrowser
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from playground_cli.chatting import (
    Manner,
    ask,
    ask_quietly,
    converse,
    question,
    say_what_to_know,
    session_for,
)
from playground_cli.client import Refused
from playground_cli.commands import AsJson, in_words, running_playground
from playground_cli.output import console, errors, print_json, print_table, say
from playground_cli.uploads import document_rows, in_a_line, upload_file

INTERRUPTED = 130
"""The exit code of whatever Ctrl-C ended."""

conversation_commands = typer.Typer()

Session = Annotated[str, typer.Argument(metavar="SESSION", help="A session's id.")]
OpenPage = Annotated[bool, typer.Option("--open", help="Open the page in a browser.")]


@conversation_commands.command()
@in_words
def chat(
    target: Annotated[str, typer.Argument(help="A session's id, or a scenario to launch.")],
    message: Annotated[
        str | None, typer.Argument(help="What to say; without it, a dialogue.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model that answers.")] = None,
    temperature: Annotated[float | None, typer.Option(min=0, max=2, help="How freely.")] = None,
    regenerate: Annotated[
        bool, typer.Option("--regenerate", help="Answer the last question anew.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Talk to a session, or to a new one of a scenario; Ctrl-C ends an answer."""
    if regenerate and message is not None:
        raise Refused("A question is asked anew as it was: leave the message out.")
    manner = Manner(model, temperature)
    with running_playground() as playground:
        session, greeting = session_for(playground, target, manner)
        session_id: str = session["id"]
        if not as_json:
            say_what_to_know(model or session["model"])
        if message is None and not regenerate:
            console.print(f"{session_id} · Ctrl-D ends\n{greeting}".strip(), markup=False)
            converse(playground, session_id, manner)
            return
        asked = question(session_id, message, manner)
        if as_json:
            print_json(ask_quietly(playground, asked))
        elif not ask(playground, asked):
            raise typer.Exit(INTERRUPTED)


@conversation_commands.command()
@in_words
def upload(
    session_id: Session,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What is to be read.")],
    as_json: AsJson = False,
) -> None:
    """Give a session documents, and wait until it can search them."""
    taken: list[dict[str, Any]] = []
    with running_playground() as playground:
        for file in files:
            try:
                taken.append(upload_file(playground, session_id, file))
            except Refused as refused:
                errors.print(str(refused), markup=False, soft_wrap=True)
            else:
                if not as_json:
                    console.print(in_a_line(taken[-1]), markup=False)
    if as_json:
        print_json(taken)
    if len(taken) < len(files):
        raise typer.Exit(1)


@conversation_commands.command()
@in_words
def documents(
    session_id: Session,
    remove: Annotated[str | None, typer.Option(metavar="ID", help="Take this one away.")] = None,
    as_json: AsJson = False,
) -> None:
    """List a session's documents, or take one away."""
    path = f"/v1/sessions/{session_id}/documents"
    with running_playground() as playground:
        if remove is not None:
            playground.delete(f"{path}/{remove}")
        found = playground.get(path)["items"]
    if as_json:
        print_json(found)
    else:
        print_table(["id", "name", "status", "passages", "bytes"], document_rows(found))


@conversation_commands.command()
@in_words
def export(
    session_id: Session,
    format: Annotated[Literal["json", "markdown"], typer.Option(help="Of what kind.")] = "json",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write this file, not the terminal.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a session's conversation along: as JSON, which can be imported, or as Markdown."""
    kind = "json" if as_json else format
    with running_playground() as playground:
        text = playground.text(f"/v1/sessions/{session_id}/export", format=kind)
    if output is None:
        say(text.rstrip("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"{output}: {error.strerror}") from error


@conversation_commands.command()
@in_words
def fork(
    session_id: Session,
    at: Annotated[
        str | None,
        typer.Option(metavar="MESSAGE", help="The last message that is copied, by its id."),
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="Go on in another scenario.")] = None,
    open_page: OpenPage = False,
    as_json: AsJson = False,
) -> None:
    """Launch a new session with a session's conversation so far."""
    wanted = {name: value for name, value in (("at", at), ("scenario", scenario)) if value}
    with running_playground() as playground:
        session = playground.post(f"/v1/sessions/{session_id}/fork", wanted, wait=60)
    show_launched(session, open_page=open_page, as_json=as_json)


def show_launched(session: dict[str, Any], *, open_page: bool, as_json: bool) -> None:
    """A session that was just launched, in the terminal and if wanted in a browser."""
    if as_json:
        print_json(session)
    else:
        console.print(f"{session['id']}  {session['url'] or session['status']}", markup=False)
    if open_page and session["url"]:
        webbrowser.open(session["url"])
