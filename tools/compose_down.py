"""`make down`: ends the stack in containers and removes all that it made, but what people said.

Works whatever has become of the stack: run twice, after a crash of the engine or of a start.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROFILES = ("--profile", "monitoring", "--profile", "ollama")


def main() -> None:
    """The stack first, so that it can leave in order; then whatever carries its name."""
    owner = str(json.loads(_said("docker", "compose", "config", "--format", "json"))["name"])
    left = subprocess.run(
        ["docker", "compose", *PROFILES, "down", "--remove-orphans"], cwd=ROOT, check=False
    )
    label = f"label=playground.owner={owner}"
    _remove(("rm", "--force", "--volumes"), _said("docker", "ps", "-aq", "--filter", label))
    _remove(("network", "rm"), _said("docker", "network", "ls", "-q", "--filter", label))
    secrets = f"name=^{owner}_secrets$"
    _remove(("volume", "rm"), _said("docker", "volume", "ls", "-q", "--filter", secrets))
    sys.exit(left.returncode)


def _said(*command: str) -> str:
    """What a command prints; where it fails, it has said why, and so ends this too."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def _remove(command: tuple[str, ...], listed: str) -> None:
    if listed.split():
        _said("docker", *command, *listed.split())


if __name__ == "__main__":
    main()
