"""An engine that is away, restarts, or refuses: each failure has its error and its words."""

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.errors import LaunchFailed, NoCapacity
from playground.sessions.model import Handle
from playground_worker.launchers.docker.launcher import DockerLauncher
from playground_worker.launchers.protocol import (
    LauncherAway,
    UnitMissing,
    UnitOutOfMemory,
    UnitSpec,
)
from playground_worker.settings import DockerSettings
from tests.support.scripted_engine import Answer, healthy_until, scripted_engine

# The SDK leaves the socket of a connection that failed to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket.socket.*family=1:ResourceWarning")

SPEC = UnitSpec("slot-1", "slot-1.the-secret", "ses-1", "http://edge:8500")
HANDLE = Handle(launcher="docker", slot="slot-1", data={"container": "c1"})
START = ("POST", "/start")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What a test leaves to the collector is collected under its own filter of warnings."""
    yield
    gc.collect()


def launcher_of(address: str) -> DockerLauncher:
    settings = DockerSettings(docker_host=address, owner="try-refusals", docker_timeout_s=0.3)
    return DockerLauncher(settings)


async def every_call(launcher: DockerLauncher) -> None:
    """Each call of the launcher says that the engine is away."""
    for call in (
        launcher.launch(SPEC),
        launcher.stop(HANDLE),
        launcher.stop(Handle(launcher="docker", slot="slot-1")),
        launcher.inspect([HANDLE]),
        launcher.owned(),
        launcher.read_log(HANDLE, 5),
        launcher.is_going_down(),
        launcher.clear(),
    ):
        with pytest.raises(LauncherAway, match="The Docker engine does not answer") as failed:
            await call
        assert "/" not in failed.value.detail


async def test_an_engine_whose_socket_is_not_there_is_away(tmp_path: Path) -> None:
    launcher = launcher_of(f"unix://{tmp_path}/nobody.sock")
    await launcher.start()
    await every_call(launcher)
    await launcher.close()


async def test_an_engine_that_dies_in_the_middle_of_an_answer_is_away(tmp_path: Path) -> None:
    with scripted_engine(tmp_path, lambda *_: None) as address:
        launcher = launcher_of(address)
        await launcher.start()
        await every_call(launcher)
        await launcher.close()


async def test_an_engine_that_is_silent_is_away_after_the_time_limit(tmp_path: Path) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    path = tmp_path / "engine.sock"
    async with await asyncio.start_unix_server(say_nothing, path):
        launcher = launcher_of(f"unix://{path}")
        with pytest.raises(LauncherAway):
            await asyncio.wait_for(launcher.owned(), 5)
        await launcher.close()


@pytest.mark.parametrize(
    "answer",
    [
        (503, {"message": "service unavailable"}),
        (500, {"message": "transport: Error while dialing unix:///run/containerd/containerd.sock"}),
        (500, {"message": "error: transport is closing"}),
    ],
)
async def test_an_engine_that_restarts_is_away(tmp_path: Path, answer: Answer) -> None:
    with scripted_engine(tmp_path, healthy_until(*START, answer)) as address:
        launcher = launcher_of(address)
        with pytest.raises(LauncherAway):
            await launcher.launch(SPEC)
        await launcher.close()


async def test_an_engine_that_comes_back_is_used_again(tmp_path: Path) -> None:
    launcher = launcher_of(f"unix://{tmp_path}/engine.sock")
    with pytest.raises(LauncherAway):
        await launcher.launch(SPEC)
    with scripted_engine(tmp_path, healthy_until("NONE", "", None)) as address:
        assert address == f"unix://{tmp_path}/engine.sock"
        handle = await launcher.launch(SPEC)
        assert handle.data["published"] == 8501
        await launcher.close()


@pytest.mark.parametrize(
    ("words", "error", "advice"),
    [
        (
            "mkdir /var/lib/docker/overlay2/ab: no space left on device",
            NoCapacity,
            "The disk of the Docker engine is full. Free some space",
        ),
        (
            "OCI runtime create failed: container init was OOM-killed (memory limit too low?)",
            UnitOutOfMemory,
            "more than its 512 MiB; raise limits.memory_mb of the scenario",
        ),
        ("fork/exec /proc/self/exe: cannot allocate memory", NoCapacity, "out of memory"),
        ('exec: "python": executable file not found in $PATH', UnitMissing, "run `make images`"),
        ("something in /var/lib/docker/new", LaunchFailed, "refused: something in new"),
    ],
)
async def test_a_refused_start_says_what_to_do(
    tmp_path: Path, words: str, error: type[LaunchFailed], advice: str
) -> None:
    script = healthy_until(*START, (500, {"message": words}))
    with scripted_engine(tmp_path, script) as address:
        launcher = launcher_of(address)
        with pytest.raises(error) as failed:
            await launcher.launch(SPEC)
        await launcher.close()
    assert advice in failed.value.detail
    assert "secret" not in failed.value.detail
    assert "/var" not in failed.value.detail


async def test_an_engine_without_addresses_says_what_to_do(tmp_path: Path) -> None:
    words = "could not find an available, non-overlapping IPv4 address pool"
    script = healthy_until("POST", "/networks/create", (500, {"message": words}))
    with scripted_engine(tmp_path, script) as address:
        launcher = launcher_of(address)
        with pytest.raises(NoCapacity, match="docker network prune"):
            await launcher.launch(SPEC)
        await launcher.close()
