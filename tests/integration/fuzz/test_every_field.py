"""Every field of every endpoint, at and beyond its bounds: schemathesis over the OpenAPI document.

Its coverage phase goes through them in a fixed order. What it finds it says in its own words, with
a curl command for each.
"""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from playground.keys import Keys
from tests.support.gateway import running_web
from tests.support.scripted_model import running_model
from tests.support.workers import WorkerThatLaunchesAtOnce

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)
ENDLESS = "/v1/events"
"""Tells changes for as long as it is listened to; tests of its own try it."""


@pytest.fixture
async def worker(redis_url: str, keys: Keys) -> AsyncIterator[WorkerThatLaunchesAtOnce]:
    async with WorkerThatLaunchesAtOnce(redis_url, keys) as double:
        yield double


@pytest.fixture
def web(redis_url: str, tmp_path: Path) -> Iterator[str]:
    """API, chat backend and MCP gateway at one address."""
    (tmp_path / "scenarios").mkdir()
    with running_model() as model, running_web(redis_url, model.url, tmp_path / "scenarios") as url:
        yield url


def _made(client: httpx.Client, path: str, **request: Any) -> str:
    answer = client.post(path, **request)
    assert answer.is_success, answer.text
    return answer.json()["id"]


def _things(web: str) -> str:
    """schemathesis' configuration: names of things that exist, and one session to be ended."""
    with httpx.Client(base_url=web, timeout=30) as client:
        return _configuration(client)


def _configuration(client: httpx.Client) -> str:
    lasting, ended = (_made(client, "/v1/sessions", json={"scenario": "helpdesk"}) for _ in "12")
    said = client.post("/v1/chat", json={"session_id": lasting, "input": "[[tokens=2]]"})
    assert said.is_success, said.text
    files = {"file": ("notes.md", b"# Rent\n740 euro a month.")}
    document = _made(client, f"/v1/sessions/{lasting}/documents", files=files)
    return f"""
[parameters]
"path.session_id" = "{lasting}"
"path.document_id" = "{document}"
"path.name" = "helpdesk"
"path.model" = "helpdesk"

[[operations]]
include-name = "DELETE /v1/sessions/{{session_id}}"
parameters = {{ "path.session_id" = "{ended}" }}

[[operations]]
include-name = "DELETE /v1/sessions/{{session_id}}/documents/{{document_id}}"
parameters = {{ "path.document_id" = "doc_none" }}
"""


async def test_no_field_of_any_endpoint_breaks_it(
    web: str, worker: WorkerThatLaunchesAtOnce, tmp_path: Path
) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(await asyncio.to_thread(_things, web))
    program = Path(sys.executable).with_name("schemathesis")
    command = [program, "--config-file", config, "run", f"{web}/openapi.json"]
    command += ["--phases", "coverage", "--seed", "1", "--request-timeout", "30", "--no-color"]
    command += ["--checks", ",".join(CHECKS), "--exclude-path", ENDLESS]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    tried = re.findall(r"(\d+) generated", said.decode())
    assert sum(map(int, tried)) > 1000, said.decode()
