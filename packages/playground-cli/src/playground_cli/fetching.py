"""`playground model`: which model the embedded stack runs, and fetching a better one."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from playground_cli.embedded.fetch import CATALOGUE, FetchFailed, fetch
from playground_cli.embedded.weights import NoWeights, choose, find_weights, forget_choice
from playground_cli.output import console, errors, print_json
from playground_cli.stack.settings import StackSettings

model_commands = typer.Typer(no_args_is_help=True)

SHIPPED = "smollm2-135m-instruct"


@model_commands.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Models that the embedded stack can run."""
    settings = StackSettings()
    try:
        current = find_weights(settings.models_folder, settings.embedded_gguf).model_id
    except NoWeights as error:
        current = f"none: {error}"
    if as_json:
        fetchable = [asdict(model) | {"url": model.url} for model in CATALOGUE.values()]
        print_json({"in_use": current, "ships_as_package": SHIPPED, "fetchable": fetchable})
        return
    console.print(f"in use: {current}", markup=False)
    console.print(f"{SHIPPED}  ships as a package", markup=False)
    for model in CATALOGUE.values():
        size = f"{model.bytes / 1e6:,.0f} MB"
        console.print(f"{model.name}  {size}, {model.licence}, {model.repository}", markup=False)


@model_commands.command()
def use(
    name: str,
    url: Annotated[
        str | None,
        typer.Option(help="A mirror's address of the same file; its content is checked."),
    ] = None,
) -> None:
    """Fetch the model NAME if it is not there, and run it from the next `make up` on."""
    settings = StackSettings()
    if name == SHIPPED:
        forget_choice(settings.models_folder)
    elif name not in CATALOGUE:
        errors.print(
            f"There is no model {name!r}; `playground model list` shows them.", markup=False
        )
        raise typer.Exit(1)
    else:
        _fetch(name, url, settings)
        choose(settings.models_folder, name)
    console.print(f"The next `make up` runs {name}.", markup=False)


def _fetch(name: str, url: str | None, settings: StackSettings) -> None:
    model = CATALOGUE[name]
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=errors) as progress:
        task = progress.add_task(name, total=model.bytes)
        try:
            fetch(
                model,
                settings.models_folder,
                url=url,
                progress=lambda have: progress.update(task, completed=have),
            )
        except FetchFailed as error:
            progress.stop()
            errors.print(f"{name}: {error}", markup=False)
            raise typer.Exit(1) from error
