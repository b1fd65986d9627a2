"""What is in the images, and what is not."""

import json
from typing import Any

import pytest

from tests.support.compose_stack import ComposeStack
from tests.support.docker_engine import docker

IMAGES = ("api", "chat", "mcp-gateway", "model", "page", "worker")

pytestmark = pytest.mark.needs("docker")


def described(stack: ComposeStack, image: str) -> dict[str, Any]:
    return json.loads(docker("image", "inspect", f"{stack.name}-{image}"))[0]["Config"]


def said_in(stack: ComposeStack, image: str, *command: str) -> str:
    """What a command says in a container of the image, as a page runs: nothing can be written."""
    confined = ("--rm", "--network", "none", "--read-only", "--cap-drop", "ALL")
    entry, *arguments = command
    return docker("run", *confined, "--entrypoint", entry, f"{stack.name}-{image}", *arguments)


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_says_who_it_runs_as_and_how_it_is_looked_after(
    compose_images: ComposeStack, image: str
):
    config = described(compose_images, image)
    assert config["User"] == "10001:10001"
    assert config["StopSignal"] == "SIGTERM"
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert config["Entrypoint"][0] == "python"


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_holds_nothing_that_builds_or_installs(compose_images: ComposeStack, image: str):
    tools = "pip uv gcc cc g++ make"
    found = said_in(
        compose_images, image, "sh", "-c", f"command -v {tools}; ls -A /root; python -m pip; true"
    )
    assert {line for line in found.splitlines() if "/" in line or "cache" in line} == set()
    with pytest.raises(AssertionError, match="No module named pip"):
        said_in(compose_images, image, "python", "-m", "pip", "--version")


@pytest.mark.parametrize(
    ("image", "absent"),
    [
        ("page", ("langchain", "langchain_core", "redis", "playground", "playground_chat.backend")),
        ("chat", ("streamlit", "docker", "playground_chat.page")),
        ("api", ("streamlit", "docker", "langchain")),
        ("mcp-gateway", ("streamlit", "docker", "langchain", "pandas")),
        ("worker", ("streamlit", "langchain", "fastapi")),
    ],
)
def test_an_image_holds_no_more_than_its_service_needs(
    compose_images: ComposeStack, image: str, absent: tuple[str, ...]
):
    script = f"import importlib.util as u; print([n for n in {absent} if u.find_spec(n)])"
    assert said_in(compose_images, image, "python", "-c", script) == "[]"


@pytest.mark.parametrize(
    ("image", "modules"),
    [
        ("page", "playground_chat.page.main, playground_chat.page.view"),
        ("api", "playground_api.main, websockets"),
        ("chat", "playground_chat.backend.main, langchain_openai, websockets"),
        ("worker", "playground_worker.main, playground_worker.alive, docker"),
        ("model", "playground_cli.embedded.main, xllamacpp"),
    ],
)
def test_bytecode_is_there_for_all_that_is_imported(
    compose_images: ComposeStack, image: str, modules: str
):
    script = (
        f"import sys, os.path, {modules}\n"
        "files = {getattr(m, '__cached__', None) for m in list(sys.modules.values())} - {None}\n"
        "print([f for f in files if not os.path.exists(f)])"
    )
    assert said_in(compose_images, image, "python", "-W", "ignore", "-c", script) == "[]"


@pytest.mark.parametrize("image", ["api", "chat"])
def test_a_door_refuses_to_be_published_to_the_world(compose_images: ComposeStack, image: str):
    command = ("run", "--rm", "--env", "PLAYGROUND_BIND=0.0.0.0", f"{compose_images.name}-{image}")
    with pytest.raises(AssertionError) as refusal:
        docker(*command)
    said = str(refusal.value).splitlines()
    assert len(said) == 1
    assert "PLAYGROUND_BIND: '0.0.0.0' is not a loopback address" in said[0]
