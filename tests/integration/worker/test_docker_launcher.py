"""The docker launcher on the real engine: ports, limits, names, recovery, and nothing left."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from playground.identifiers import new_id
from playground.sessions.model import Handle
from playground_worker.launchers.docker.departure import is_stack_going_down
from playground_worker.launchers.docker.engine import Engine
from playground_worker.launchers.docker.launcher import DockerLauncher
from playground_worker.launchers.protocol import (
    Allowance,
    Condition,
    UnitDied,
    UnitMissing,
    UnitOutOfMemory,
    UnitSpec,
)
from playground_worker.readiness import first_run
from playground_worker.settings import DockerSettings
from tests.support.docker_engine import docker, inspect, left_of, new_owner, run
from tests.support.launcher_places import answers, has_run
from tests.support.pages import free_ports
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("docker")

Make = Callable[..., DockerLauncher]


@pytest.fixture(scope="module")
def owner() -> Iterator[str]:
    """A stack of its own on the engine, of which nothing may be left."""
    owner = new_owner()
    yield owner
    asyncio.run(DockerLauncher(DockerSettings(owner=owner)).clear())
    assert left_of(owner) == []


@pytest.fixture(scope="module")
def start() -> int:
    """The first of ten ports: networks are kept from test to test, as in life."""
    return free_ports(10)


@pytest.fixture
async def make(owner: str, docker_page_image: str, start: int) -> AsyncIterator[Make]:
    def maker(**more: Any) -> DockerLauncher:
        settings: dict[str, Any] = {
            "owner": owner,
            "page_image": docker_page_image,
            "session_port_start": start,
            "session_port_count": 10,
        }
        return DockerLauncher(DockerSettings(**(settings | more)))

    yield maker
    launcher = maker()
    await asyncio.gather(*(launcher.stop(handle) for handle in await launcher.owned()))


@pytest.fixture
async def launcher(make: Make) -> DockerLauncher:
    launcher = make()
    await launcher.start()
    return launcher


def a_spec(what: str = "", **more: Any) -> UnitSpec:
    slot = new_id("slot")
    url = f"http://edge:8500/?do={what}" if what else "http://edge:8500"
    return UnitSpec(slot, f"{slot}.token", new_id("ses"), url, **more)


async def ended(launcher: DockerLauncher, handle: Handle) -> Condition:
    async def condition() -> Condition | None:
        found = (await launcher.inspect([handle]))[handle.slot]
        return None if found.alive else found

    found = await wait_until(condition, "the page has ended")
    assert found is not None
    return found


async def test_a_page_is_confined_and_labelled(launcher: DockerLauncher, owner: str) -> None:
    spec = a_spec(allowance=Allowance(memory_mb=128, cpus=0.5))
    handle = await launcher.launch(spec)
    found = inspect(handle.data["container"])
    assert found["Name"] == f"/{owner}-{spec.slot}"
    labels = found["Config"]["Labels"]
    assert labels == labels | {
        "playground.owner": owner,
        "playground.slot": spec.slot,
        "playground.session": spec.session_id,
        "playground.config": launcher.config,
        "playground.port": str(handle.data["published"]),
    }
    assert spec.token not in str(labels)
    given = {line.split("=")[0] for line in found["Config"]["Env"]}
    assert {name for name in given if "PLAYGROUND" in name} == {
        "PLAYGROUND_CHAT_URL",
        "PLAYGROUND_SLOT_TOKEN",
    }
    host = found["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["Memory"] == host["MemorySwap"] == 128 << 20
    assert host["CpuQuota"] == host["CpuPeriod"] // 2
    assert host["PidsLimit"] == 256
    assert host["Init"]
    assert host["RestartPolicy"]["Name"] == "no"
    assert host["LogConfig"]["Config"]["max-size"]
    bound = host["PortBindings"]["8501/tcp"]
    assert bound == [{"HostIp": "127.0.0.1", "HostPort": str(handle.data["published"])}]
    in_page = "; ".join(
        [
            "id -u",
            "touch /tmp/here && echo writes to tmp",
            "touch /here || echo root is read-only",
            "df -k /tmp | tail -1 | tr -s ' ' | cut -d' ' -f2",
            "grep CapEff /proc/self/status",
        ]
    )
    said = docker("exec", found["Id"], "sh", "-c", in_page).split("\n")
    assert said[:4] == ["10001", "writes to tmp", "root is read-only", str(64 * 1024)]
    assert said[4].split()[-1] == "0" * 16


async def test_eight_launches_at_once_have_eight_ports_and_networks(make: Make) -> None:
    workers = [make(), make()]
    handles = await asyncio.gather(*(workers[n % 2].launch(a_spec()) for n in range(8)))
    ports = sorted(handle.data["published"] for handle in handles)
    assert ports == list(range(ports[0], ports[0] + 8))
    pages = [inspect(handle.data["container"]) for handle in handles]
    networks = [set(page["NetworkSettings"]["Networks"]) for page in pages]
    assert all(len(inside) == 1 for inside in networks)
    assert len(set.union(*networks)) == 8
    assert len({handle.data["host"] for handle in handles}) == 8


async def test_a_port_that_an_outsider_has_is_passed_over_and_its_container_removed(
    launcher: DockerLauncher, start: int
) -> None:
    port = start
    with socket.create_server(("127.0.0.1", port)):
        handle = await launcher.launch(a_spec())
        assert handle.data["published"] == port + 1
        assert await launcher.owned() == [handle]
        # The next launch does not begin with the port that was just found taken.
        assert (await launcher.launch(a_spec())).data["published"] == port + 2
    again = await launcher.launch(a_spec(preferred_port=port))
    assert again.data["published"] == port + 3


async def test_the_port_of_a_dead_page_is_left_to_the_page_that_comes_in_its_place(
    launcher: DockerLauncher,
) -> None:
    died = await launcher.launch(a_spec())
    docker("kill", died.data["container"])
    other = await launcher.launch(a_spec())
    assert other.data["published"] != died.data["published"]
    again = await launcher.launch(a_spec(preferred_port=died.data["published"]))
    assert again.data["published"] == died.data["published"]


async def test_a_port_that_a_stranger_container_has_is_passed_over(
    launcher: DockerLauncher, owner: str, start: int
) -> None:
    port = start
    stranger = run(f"{owner}-stranger", "--publish", f"127.0.0.1:{port}:80")
    try:
        assert (await launcher.launch(a_spec())).data["published"] == port + 1
    finally:
        docker("rm", "--force", stranger)


async def test_a_page_that_needs_too_much_memory_says_so(launcher: DockerLauncher) -> None:
    handle = await launcher.launch(a_spec("eat", allowance=Allowance(memory_mb=48)))
    condition = await ended(launcher, handle)
    assert condition.out_of_memory
    assert "more than its 48 MiB; raise limits.memory_mb of the scenario" in condition.cause


async def test_a_limit_under_which_nothing_starts_says_so(launcher: DockerLauncher) -> None:
    with pytest.raises(UnitOutOfMemory, match="more than its 1 MiB; raise limits"):
        await launcher.launch(a_spec(allowance=Allowance(memory_mb=1)))
    assert await launcher.owned() == []


async def test_a_page_that_dies_leaves_its_code_and_last_words(launcher: DockerLauncher) -> None:
    handle = await launcher.launch(a_spec("die"))
    condition = await ended(launcher, handle)
    last_words = "app.py: the page cannot go on"
    assert condition.cause == f"it ended with code 1; its log ends with: {last_words}"
    assert not condition.out_of_memory
    assert "/srv/page/app.py" in await launcher.read_log(handle, 10)


async def test_a_page_that_does_not_listen_to_sigterm_is_ended_within_seconds(
    launcher: DockerLauncher,
) -> None:
    handle = await launcher.launch(a_spec("slow-to-end"))
    await answers(handle)
    async with asyncio.timeout(4):
        await asyncio.gather(launcher.stop(handle), launcher.stop(handle))
    assert await launcher.owned() == []


async def test_a_page_that_waited_gets_the_limits_and_the_name_of_its_session(
    launcher: DockerLauncher, owner: str
) -> None:
    handle = await launcher.launch(a_spec())
    for _ in range(2):
        await launcher.fit(handle, "ses-of-somebody", Allowance(memory_mb=256, cpus=3))
    found = inspect(handle.data["container"])
    assert found["Name"] == f"/{owner}-ses-of-somebody"
    assert found["HostConfig"]["Memory"] == found["HostConfig"]["MemorySwap"] == 256 << 20
    assert found["HostConfig"]["CpuQuota"] == 3 * found["HostConfig"]["CpuPeriod"]
    limit = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null"
    assert docker("exec", found["Id"], "sh", "-c", f"{limit} || true") == str(256 << 20)
    await launcher.stop(handle)
    with pytest.raises(UnitDied):
        await launcher.fit(handle, "ses-of-somebody", Allowance())


async def test_an_image_that_is_missing_is_named_with_what_makes_it(make: Make) -> None:
    with pytest.raises(UnitMissing, match=r"There is no image no-such:tag .* run `make images`"):
        await make(page_image="no-such:tag").launch(a_spec())


async def test_another_image_or_other_options_make_another_config(
    make: Make, owner: str, docker_page_image: str
) -> None:
    launcher = make(page_image=f"{owner}:moves")
    docker("tag", docker_page_image, f"{owner}:moves")
    try:
        await launcher.start()
        handle = await launcher.launch(a_spec())
        assert handle.data["config"] == launcher.config
        docker("tag", "python:3.13-slim", f"{owner}:moves")
        assert await launcher.owned() == [handle]
        assert handle.data["config"] != launcher.config
        other = make(page_pids=99)
        await other.start()
        assert other.config not in (launcher.config, handle.data["config"], "")
    finally:
        docker("image", "rm", f"{owner}:moves")


async def test_a_launch_that_is_repeated_after_its_answer_was_lost_leaves_one_page(
    launcher: DockerLauncher,
) -> None:
    spec = a_spec()
    await launcher.launch(spec)
    handle = await launcher.launch(spec)
    assert await launcher.owned() == [handle]


async def test_a_launch_that_is_cut_off_is_given_back_by_its_slot(
    launcher: DockerLauncher,
) -> None:
    spec = a_spec()
    launching = asyncio.create_task(launcher.launch(spec))
    await wait_until(launcher.owned, "the container is made")
    launching.cancel()
    await asyncio.gather(launching, return_exceptions=True)
    await launcher.stop(Handle(launcher="docker", slot=spec.slot))
    assert await launcher.owned() == []


async def test_a_stack_goes_down_when_none_of_its_doors_runs(
    owner: str, launcher: DockerLauncher
) -> None:
    def service(name: str) -> str:
        project = f"com.docker.compose.project={owner}"
        label = f"com.docker.compose.service={name}"
        return run(f"{owner}-{name}", "--label", project, "--label", label)

    ids = {name: service(name) for name in ("worker", "api", "redis")}
    engine = Engine("unix:///var/run/docker.sock", timeout_s=5, slow_timeout_s=5)
    hostname = ids["worker"][:12]
    try:
        assert not await is_stack_going_down(engine, hostname)
        docker("kill", ids["api"])
        assert await is_stack_going_down(engine, hostname)
        assert not await is_stack_going_down(engine, f"{owner}-worker")
        assert not await is_stack_going_down(engine, "no-container")
        assert not await launcher.is_going_down()
    finally:
        docker("rm", "--force", *ids.values())
        engine.close()


async def test_a_real_page_runs_its_script_under_this_confinement(
    make: Make, real_page_image: str
) -> None:
    launcher = make(page_image=real_page_image)
    handle = await launcher.launch(a_spec())
    await has_run(launcher, handle, first_run)
    await launcher.stop(handle)
