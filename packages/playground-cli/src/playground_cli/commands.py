"""What every command is made with: failures in words, the client, the option `--json`."""

import functools
import os
from collections.abc import Callable
from typing import Annotated, ParamSpec

import typer
from pydantic import ValidationError

from playground_cli.client import PlaygroundClient, Refused
from playground_cli.output import errors
from playground_cli.stack.settings import StackSettings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
P = ParamSpec("P")


def in_words(command: Callable[P, None]) -> Callable[P, None]:
    """Failures as one line on standard error and exit code 1, never a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Refused as error:
            errors.print(str(error), markup=False, soft_wrap=True)
            raise typer.Exit(1) from error
        except ValidationError as error:
            for wrong in error.errors():
                name = ".".join(str(part) for part in wrong["loc"]).upper()
                variable = name if name == "REDIS_URL" else f"PLAYGROUND_{name}"
                said = wrong["msg"].removeprefix("Value error, ")
                errors.print(f"{variable}: {said}", markup=False)
            raise typer.Exit(1) from error

    return run


def running_playground() -> PlaygroundClient:
    """A client of the playground that PLAYGROUND_URL names, or of this machine's; to be closed."""
    address = os.environ.get("PLAYGROUND_URL") or f"http://127.0.0.1:{StackSettings().port}"
    return PlaygroundClient(address)
