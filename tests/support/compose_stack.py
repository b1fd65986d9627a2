"""The stack in containers, on the real engine, under a name, ports and addresses of its own.

A scripted model answers in the place of the embedded one. One stack serves a whole test run: what
a test launches it stops, and what it breaks it mends: `start` brings up what does not run.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.support.docker_engine import docker, new_owner
from tests.support.stack import free_port, free_port_block

ROOT = Path(__file__).resolve().parents[2]
PAGES = 64
MAX_SESSIONS = 20
OVERRIDE = "tests/support/compose.model.yaml"
_NOT_OURS = ("OPENAI_", "PLAYGROUND_", "COMPOSE_", "CHAT_MODEL_ID", "REDIS_URL")

_BESIDE = """\
name: beside
title: Beside
kind: app
app: {script: beside/app.py}
mcp_server: {port: 9100}
"""


def with_an_app_of_tests(folder: Path) -> Path:
    """The shipped scenarios and one whose app has an MCP server beside it, copied into *folder*."""
    shutil.copytree(ROOT / "scenarios", folder)
    shutil.copytree(ROOT / "tests" / "apps" / "beside", folder / "beside")
    (folder / "beside.yaml").write_text(_BESIDE)
    return folder


class ComposeStack:
    """One compose project: how to reach it, and what can be done to it."""

    def __init__(self, **environment: str) -> None:
        self.name = new_owner()
        port, chat_port, model_port = free_port(), free_port(), free_port()
        self.first_page_port = free_port_block(PAGES)
        self.url = f"http://127.0.0.1:{port}"
        self.chat_url = f"http://127.0.0.1:{chat_port}"
        self.model_url = f"http://127.0.0.1:{model_port}"
        self.http = httpx.Client(base_url=self.url, timeout=60)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(_NOT_OURS)},
            "COMPOSE_PROJECT_NAME": self.name,
            "COMPOSE_FILE": f"compose.yaml:{OVERRIDE}",
            "COMPOSE_ENV_FILES": os.devnull,
            "PLAYGROUND_IMAGES": self.name,
            "PLAYGROUND_PORT": str(port),
            "PLAYGROUND_CHAT_PORT": str(chat_port),
            "PLAYGROUND_SESSION_PORT_START": str(self.first_page_port),
            "PLAYGROUND_SESSION_PORT_COUNT": str(PAGES),
            "PLAYGROUND_PAGE_SUBNETS": f"10.{100 + os.getpid() % 100}.0.0/16",
            "PLAYGROUND_MAX_SESSIONS": str(MAX_SESSIONS),
            "PLAYGROUND_DRAIN_S": "3",
            "CHAT_MODEL_ID": "openai:scripted",
            "OPENAI_BASE_URL": "http://model:8080/v1",
            "OPENAI_API_KEY": "scripted-key",
            "TEST_MODEL_PORT": str(model_port),
            **environment,
        }

    def compose(self, *arguments: str, check: bool = True, timeout_s: float = 600) -> str:
        """What `docker compose` says."""
        return self._run("docker", "compose", *arguments, check=check, timeout_s=timeout_s)

    def build(self) -> None:
        """The images: from the layer cache, but for the first time on a machine."""
        self.compose("--file", "compose.yaml", "build", "--quiet")

    def start(self, *arguments: str) -> None:
        """Bring up whatever of it does not run, and return when all of it is healthy."""
        waiting = ("--detach", "--wait", "--wait-timeout", "120")
        scaled = ("--scale", "chat=2", "--scale", "mcp-gateway=2")
        self.compose("up", *waiting, "--no-build", *scaled, *arguments)

    def down(self) -> None:
        """`make down`."""
        self._run(sys.executable, "tools/compose_down.py", timeout_s=120)

    def containers(self, service: str) -> list[str]:
        """The ids of a service's containers, running or not."""
        return self.compose("ps", "--all", "--quiet", service).split()

    def exec(self, service: str, *command: str, replica: int = 1) -> str:
        """What a command says inside a service's container."""
        return self.compose("exec", "-T", "--index", str(replica), service, *command)

    def logs(self, service: str) -> str:
        """What a service has said so far."""
        return self.compose("logs", "--no-color", "--no-log-prefix", service)

    def kill(self, service: str) -> None:
        """kill -9 of a service's containers; the engine does not start them again."""
        self.compose("kill", "--signal", "KILL", service)

    def pages(self) -> list[str]:
        """The names of the containers of session pages, running or not."""
        label = f"label=playground.owner={self.name}"
        return docker("ps", "--all", "--filter", label, "--format", "{{.Names}}").split()

    def left(self) -> list[str]:
        """Everything on the engine that carries the stack's name, but its images."""
        found = [docker("ps", "--all", "--format", "{{.Names}}")]
        found += [docker(kind, "ls", "--format", "{{.Name}}") for kind in ("network", "volume")]
        return sorted(name for name in "\n".join(found).split() if self.name in name)

    def launch(self, scenario: str = "technical-support", **more: Any) -> dict[str, Any]:
        """A session whose page is ready."""
        body = {"scenario": scenario, **more}
        answer = self.http.post("/v1/sessions", params={"wait": 60}, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def end(self) -> None:
        """Remove all of it: containers, networks, volumes and images."""
        self.http.close()
        self.down()
        self.compose("down", "--volumes", check=False)
        images = docker("image", "ls", "--quiet", "--filter", f"reference={self.name}-*").split()
        if images:
            docker("image", "rm", "--force", *images)

    def describe(self, service: str) -> dict[str, Any]:
        """What the engine says of a service's first container."""
        return json.loads(docker("inspect", self.containers(service)[0]))[0]

    def _run(self, *command: str, check: bool = True, timeout_s: float = 600) -> str:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        said = f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode == 0 or not check, said
        return done.stdout
