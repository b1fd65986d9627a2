"""The real Docker engine in tests: an image of their own, and the proof that nothing is left."""

import json
import subprocess
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from playground.identifiers import new_id

BASE_IMAGE = "python:3.13-slim"
SCRIPT = Path(__file__).with_name("docker_page.py")
_DOCKERFILE = f"""
FROM {BASE_IMAGE}
COPY docker_page.py /page.py
USER 10001:10001
ENTRYPOINT ["python", "-S", "/page.py"]
"""


def docker(
    *arguments: str, input: str | None = None, check: bool = True, within_s: float = 300
) -> str:
    """What the docker command says, without the line's end; nothing where it may fail and hangs."""
    try:
        done = subprocess.run(
            ["docker", *arguments], capture_output=True, text=True, input=input, timeout=within_s
        )
    except subprocess.TimeoutExpired:
        if check:
            raise
        return ""
    assert done.returncode == 0 or not check, f"docker {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


@cache
def answers() -> bool:
    """Whether an engine answers here and has the base image of the tests."""
    try:
        command = ["docker", "image", "inspect", BASE_IMAGE]
        return subprocess.run(command, capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@contextmanager
def page_image(folder: Path) -> Generator[str]:
    """The tag of an image of `docker_page.py`, for the block."""
    (folder / "docker_page.py").write_bytes(SCRIPT.read_bytes())
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    tag = f"{new_owner()}:page"
    docker("build", "--quiet", "--tag", tag, str(folder))
    try:
        yield tag
    finally:
        docker("image", "rm", "--force", tag)


def new_owner() -> str:
    """An owner that nobody else is."""
    return new_id("try").replace("_", "-").lower()


def left_of(owner: str) -> list[str]:
    """Containers and networks that carry the owner's name or label."""
    containers = docker("ps", "--all", "--format", '{{.Names}} {{.Label "playground.owner"}}')
    networks = docker("network", "ls", "--format", '{{.Name}} {{.Label "playground.owner"}}')
    return [line for line in (containers + "\n" + networks).splitlines() if owner in line]


def inspect(name: str) -> dict:
    return json.loads(docker("inspect", name))[0]


def run(name: str, *options: str, command: Sequence[str] = ("sleep", "600")) -> str:
    """The id of a container that runs *command* until it is removed."""
    return docker("run", "--detach", "--init", "--name", name, *options, BASE_IMAGE, *command)


def read_log(container: str) -> str:
    """All that a container wrote, on both of its streams."""
    command = ["docker", "logs", container]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30, check=True
    )
    return done.stdout


def get(url: str, timeout_s: float = 3) -> int:
    with urllib.request.urlopen(url, timeout=timeout_s) as answer:
        return answer.status
