"""Which children make up the embedded stack, and in which order.

To add a part: write its command and its readiness here, and put it into a wave after what it
leans on.
"""

import os
import secrets
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx
import redis

from playground.models import default_model, note_on
from playground_cli.embedded.weights import NoWeights, Weights, find_weights
from playground_cli.stack.child import ChildSpec
from playground_cli.stack.leftovers import marked
from playground_cli.stack.redis_server import prepare_redis_server
from playground_cli.stack.settings import StackSettings

DRAIN_S = "2"
"""What running turns get at Ctrl-C, which may take five seconds in all."""


@dataclass(frozen=True)
class Plan:
    """The waves of children, the address to open, the model that answers, what is missing."""

    waves: list[list[ChildSpec]]
    address: str
    model: str
    missing: list[str]


def make_plan(settings: StackSettings, environment: Mapping[str, str]) -> Plan:
    """Everything `playground up` is going to start. May raise NoRedisServer."""
    address = f"http://127.0.0.1:{settings.port}"
    logs = settings.data_dir / "logs"
    environment = dict(environment) | marked(settings.data_dir)
    shared = environment | {
        "PLAYGROUND_DATA_DIR": str(settings.data_dir.resolve()),
        "PLAYGROUND_PORT": str(settings.port),
        "PLAYGROUND_SCENARIOS_DIR": str(settings.scenarios_dir.resolve()),
        "PLAYGROUND_API_URL": address,
        "PLAYGROUND_CHAT_URL": address,
        "PLAYGROUND_PUBLIC_URL": address,
        "PLAYGROUND_PAGE_SCRIPT": str(_page_script()),
        "PLAYGROUND_PAGE_PRELOAD": "playground_chat.page.preload",
        "PYTHONUNBUFFERED": "1",
    }
    shared.setdefault("PLAYGROUND_DRAIN_S", DRAIN_S)
    shared.setdefault("MCP_SERVER_URL", f"{address}/mcp")
    shared.setdefault("PLAYGROUND_TOOL_COMMANDS", "true")  # who runs it owns the scenarios too
    waves: list[list[ChildSpec]] = []
    if settings.redis_url is None:
        redis_child, shared["REDIS_URL"] = _redis(settings, environment, logs)
        waves.append([redis_child])
    model_child, missing = _model(settings, shared, logs)
    shared["CHAT_MODEL_ID"] = default_model(shared)
    services = [_web(shared, logs, address), _worker(shared, logs, address)]
    waves += [model_child, services]  # the model ends after the turns that ask it
    return Plan(waves, address, shared["CHAT_MODEL_ID"], missing)


def _redis(
    settings: StackSettings, environment: Mapping[str, str], logs: Path
) -> tuple[ChildSpec, str]:
    server = prepare_redis_server(settings.data_dir / "redis")

    def answers() -> bool:
        try:
            with redis.Redis.from_url(server.url, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    child = ChildSpec("redis", "Redis", server.command, environment, logs / "redis.log", answers)
    return child, server.url


def _model(
    settings: StackSettings, shared: dict[str, str], logs: Path
) -> tuple[list[ChildSpec], list[str]]:
    """The model's child, if it can be had, with its address and key put into *shared*."""
    if not settings.embedded_model:
        return [], []
    if find_spec("xllamacpp") is None:
        return [], ["the embedded model: the package xllamacpp is not installed"]
    try:
        weights = find_weights(settings.models_folder, settings.embedded_gguf)
    except NoWeights as error:
        return [], [f"the embedded model: {error}"]
    port, key = _free_port(), secrets.token_urlsafe(32)
    shared["PLAYGROUND_EMBEDDED_URL"] = f"http://127.0.0.1:{port}/v1"
    shared["PLAYGROUND_EMBEDDED_KEY"] = key
    if note_on(default_model(shared)):
        shared.setdefault("CHAT_MODEL_ID", weights.model_id)
    return [_model_child(weights, port, shared, logs)], []


def _model_child(
    weights: Weights, port: int, environment: Mapping[str, str], logs: Path
) -> ChildSpec:
    module = "playground_cli.embedded.process"
    name = weights.model_id.partition(":")[2]
    return ChildSpec(
        name="model",
        label=f"Model {weights.model_id}",
        command=[sys.executable, "-m", module, str(weights.gguf), str(port), name],
        environment=dict(environment),
        log=logs / "model.log",
        ready=_answers(f"http://127.0.0.1:{port}/health"),
        vital=False,
    )


def _web(environment: Mapping[str, str], logs: Path, address: str) -> ChildSpec:
    command = [sys.executable, "-m", "playground_cli.stack.web"]
    ready = _answers(f"{address}/healthz")
    return ChildSpec("web", "API, chat, MCP", command, environment, logs / "web.log", ready)


def _worker(environment: Mapping[str, str], logs: Path, address: str) -> ChildSpec:
    command = [sys.executable, "-m", "playground_worker.main"]

    def beats() -> bool:
        try:
            checks = httpx.get(f"{address}/readiness", timeout=1).json()["checks"]
            return bool(checks["workers"]["ok"])
        except (httpx.HTTPError, ValueError, KeyError):
            return False

    return ChildSpec("worker", "Worker", command, environment, logs / "worker.log", beats)


def _answers(url: str) -> Callable[[], bool]:
    def probe() -> bool:
        try:
            return httpx.get(url, timeout=1).is_success
        except httpx.HTTPError:
            return False

    return probe


def _page_script() -> Path:
    spec = find_spec("playground_chat.page")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("playground_chat.page is not installed")
    return Path(spec.origin).parent / "app.py"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port_is_taken(port: int) -> bool:
    """Whether somebody listens on 127.0.0.1 at *port* already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def environment_of_this_process() -> dict[str, str]:
    """A copy of the environment, which every child inherits."""
    return dict(os.environ)
