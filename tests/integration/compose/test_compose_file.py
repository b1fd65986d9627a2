"""compose.yaml as the engine is going to be told it, and .env.example, which describes it."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
OURS = {"api", "chat", "mcp-gateway", "model", "page", "worker"}
BASES = {"redis:8", "traefik:v3"}
NOT_FOR_THE_GATEWAY = {
    "PLAYGROUND_GATEWAY_ADDRESS": "its own in the network, which is the default",
    "PLAYGROUND_GATEWAY_HOST": "the image has it",
    "PLAYGROUND_GATEWAY_PORT": "the image's health check knows the default",
    "PLAYGROUND_SCENARIOS_DIR": "it asks the API for scenarios",
}
VARIABLE = re.compile(r"\$\{([A-Z_]+)")


def told(*arguments: str, **environment: str) -> dict[str, Any]:
    """The project without any .env."""
    kept = ("PATH", "HOME", "DOCKER_")
    clean = {k: v for k, v in os.environ.items() if k.startswith(kept)}
    done = subprocess.run(
        ["docker", "compose", *arguments, "config", "--format", "json"],
        cwd=ROOT,
        env={**clean, "COMPOSE_ENV_FILES": os.devnull, **environment},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return told()["services"]


pytestmark = pytest.mark.needs("docker")


def test_everything_that_is_published_is_on_loopback():
    project = told("--profile", "monitoring", "--profile", "ollama")
    published = [p for s in project["services"].values() for p in s.get("ports", [])]
    assert {p["published"] for p in published} == {"8080", "8000", "9090", "3000"}
    assert {p["host_ip"] for p in published} == {"127.0.0.1"}


def test_only_the_edge_is_published(services: dict[str, dict[str, Any]]):
    assert [name for name, service in services.items() if service.get("ports")] == ["edge"]


def test_only_the_worker_has_the_socket(services: dict[str, dict[str, Any]]):
    mounts = {(n, v["source"]) for n, s in services.items() for v in s.get("volumes", [])}
    assert [name for name, source in mounts if "docker" in source] == ["worker"]


def test_images_are_our_own_or_one_of_the_bases(services: dict[str, dict[str, Any]]):
    built = {name for name, service in services.items() if "build" in service}
    assert built == OURS
    assert {services[name]["image"] for name in services.keys() - built} == BASES
    for name in built:
        assert services[name]["image"] == f"playground-{name}"


def test_dockerfiles_start_from_python_and_nothing_else():
    files = list(ROOT.glob("services/*/Dockerfile"))
    found = re.findall(
        r"^FROM (\S+)(?: AS (\S+))?", "".join(f.read_text() for f in files), re.MULTILINE
    )
    stages = {stage for _, stage in found}
    assert {image for image, _ in found} - stages == {"python:3.13-slim"}


def test_services_can_do_no_more_than_they_need(services: dict[str, dict[str, Any]]):
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
    users = {name for name, service in services.items() if service.get("user") == "0:0"}
    assert users == {"secrets", "worker"}


def test_redis_has_no_way_out_and_pages_no_way_to_it(services: dict[str, dict[str, Any]]):
    assert set(services["redis"]["networks"]) == {"back"}
    assert told()["networks"]["back"]["internal"]


def test_only_the_chat_backend_knows_a_key():
    services = told(OPENAI_API_KEY="sk-secret")["services"]
    knowing = [n for n, s in services.items() if "sk-secret" in json.dumps(s)]
    assert knowing == ["chat"]


@pytest.mark.parametrize(
    ("variables", "model"),
    [
        ({}, ""),
        ({"OPENAI_API_KEY": "k"}, "gpt-4o-mini"),
        ({"OPENAI_API_KEY": "k", "CHAT_MODEL_ID": "openai:x"}, "openai:x"),
    ],
)
def test_api_and_chat_agree_on_the_default_model(variables: dict[str, str], model: str):
    services = told(**variables)["services"]
    assert {services[n]["environment"]["CHAT_MODEL_ID"] for n in ("api", "chat")} == {model}


def test_the_gateway_is_given_every_setting_that_it_reads(services: dict[str, dict[str, Any]]):
    page = (ROOT / "docs" / "configuration.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \| [^|]* \| ([^|]+) \|", page, re.MULTILINE)
    readers = ("MCP gateway", "every service", "every HTTP door")
    read = {name for name, by in rows if any(one in by for one in readers)}
    assert read - services["mcp-gateway"]["environment"].keys() == NOT_FOR_THE_GATEWAY.keys()


def test_what_headers_of_tools_name_comes_from_a_file_to_those_who_send_them(tmp_path: Path):
    secrets = tmp_path / "tools"
    secrets.write_text("PLAYGROUND_TOOL_EXAMPLE=open-sesame\n")
    services = told(PLAYGROUND_SECRETS_FILE=str(secrets))["services"]
    knowing = {n for n, s in services.items() if "open-sesame" in json.dumps(s)}
    assert knowing == {"chat", "mcp-gateway"}


def test_the_example_names_every_variable_with_its_default():
    read = set(VARIABLE.findall((ROOT / "compose.yaml").read_text()))
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert example.keys() == read
    assert told(**example) == told()
