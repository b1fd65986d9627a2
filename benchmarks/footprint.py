"""What a session costs while nobody uses it: live and parked; and how large the images are."""

import json
import statistics

import httpx
import psutil

from benchmarks.stacks import launch, stop
from benchmarks.tables import Table
from tests.support.compose_stack import ComposeStack
from tests.support.docker_engine import docker

SESSIONS = 8
TURNS = 5
MACHINE_MIB = 16 * 1024
_OF_THE_ENGINE = ("containerd-shim", "docker-proxy")
_IMAGES = ("api", "chat", "page", "model", "worker")


def footprint_tables(stack: ComposeStack) -> list[Table]:
    """Memory of sessions in containers, and sizes of images."""
    with httpx.Client(base_url=stack.url, timeout=90) as http:
        sessions = [launch(http)[1] for _ in range(SESSIONS)]
        for session_id in sessions:
            for _ in range(TURNS):
                body = {"session_id": session_id, "input": "[[tokens=60]] hello"}
                http.post("/v1/chat", json=body).raise_for_status()
        page = statistics.median(_page_mib(name) for name in stack.pages())
        engine = _engine_mib() / len(stack.pages())
        kept = statistics.median(_kept_kib(stack, session_id) for session_id in sessions)
        services = _services_mib(stack)
        for session_id in sessions:
            stop(http, session_id)
    live = page + engine
    parked = kept / 1024
    room = MACHINE_MIB - services
    return [
        Table(
            title="Memory of a session that idles",
            note=f"{SESSIONS} sessions of {TURNS} turns, never opened in a browser. A page's "
            "memory is its cgroup's (usage without inactive files); the engine's is the PSS of "
            f"containerd-shim and docker-proxy. The services of the stack hold {services:.0f} MiB, "
            "which 16 GiB have to hold as well.",
            columns=["session", "MiB", "of which", "fit in 16 GiB"],
            rows=[
                [
                    "live",
                    f"{live:.1f}",
                    f"page {page:.1f}, engine {engine:.1f}",
                    f"{room / live:.0f}",
                ],
                ["parked", f"{parked:.3f}", "Redis", f"{room / parked:,.0f}"],
            ],
        ),
        Table(
            title="Images",
            note="As the engine counts them; the base, a stand-in, is in each.",
            columns=["image", "MB"],
            rows=[
                ["base: python:3.13-slim", _megabytes("python:3.13-slim")],
                *([name, _megabytes(f"{stack.name}-{name}")] for name in _IMAGES),
            ],
        ),
    ]


def _page_mib(container: str) -> float:
    said = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", container).split("/")[0]
    return float(said.strip().removesuffix("MiB"))


def _engine_mib() -> float:
    helpers = [p for p in psutil.process_iter(["name"]) if p.info["name"] in _OF_THE_ENGINE]
    return sum(p.memory_full_info().pss for p in helpers) / 2**20


def _services_mib(stack: ComposeStack) -> float:
    names = docker(
        "ps", "--filter", f"label=com.docker.compose.project={stack.name}", "--format", "{{.Names}}"
    )
    return sum(_page_mib(name) for name in names.split())


def _kept_kib(stack: ComposeStack, session_id: str) -> float:
    script = (
        "export REDISCLI_AUTH=$(cat /run/playground/redis_password);"
        f"for key in $(redis-cli --scan --pattern '*{session_id}*');"
        " do redis-cli memory usage $key; done"
    )
    counts = stack.exec("redis", "sh", "-c", script).split()
    return sum(int(count) for count in counts) / 1024


def _megabytes(image: str) -> str:
    return f"{json.loads(docker('image', 'inspect', image))[0]['Size'] / 1e6:.0f}"
