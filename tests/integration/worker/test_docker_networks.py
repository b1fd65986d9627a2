"""What a page's container reaches, and who reaches it, seen from inside on the real engine."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from ipaddress import IPv4Network

import pytest

from playground.errors import LaunchFailed
from playground.identifiers import new_id
from playground.sessions.model import Handle
from playground_worker.launchers.docker.engine import Call, Engine, T
from playground_worker.launchers.docker.launcher import DockerLauncher
from playground_worker.launchers.protocol import Allowance, UnitSpec
from playground_worker.settings import DockerSettings
from tests.support.docker_engine import docker, get, inspect, left_of, new_owner, read_log, run
from tests.support.launcher_places import answers
from tests.support.pages import free_ports
from tests.support.waiting import wait_until

pytestmark = pytest.mark.needs("docker")

_SERVE = ("python", "-m", "http.server", "8500")
_REACHES = """
import json, os, socket, sys, threading, time
reached = []
def reach(name, port):
    socket.create_connection((name, port), 1.5).close()
    reached.append((name, port))
threading.excepthook = lambda _: None
targets = json.load(sys.stdin)
tries = [threading.Thread(target=reach, args=target, daemon=True) for target in targets]
until = time.monotonic() + 2
for one in tries: one.start()
for one in tries: one.join(max(0, until - time.monotonic()))
print(json.dumps(reached), flush=True)
os._exit(0)
"""


class Stack:
    """An owner on the engine: a network of services in the back, and two gates to it."""

    def __init__(self) -> None:
        self.owner = new_owner()
        self.back = f"{self.owner}-a-back"
        docker("network", "create", self.back)
        self.port = free_ports(12)
        self.redis = run(f"{self.owner}-redis", "--network", self.back, command=_SERVE)
        self.edge = self.gate("edge", "--publish", f"127.0.0.1:{self.port + 11}:8500")
        self.worker = self.gate("worker")

    def gate(self, service: str, *options: str) -> str:
        labels = [f"playground.gate={self.owner}", f"com.docker.compose.service={service}"]
        flags = [flag for label in labels for flag in ("--label", label)]
        name = f"{self.owner}-gate-{service}"
        return run(name, "--network", self.back, *flags, *options, command=_SERVE)

    def settings(self, image: str) -> DockerSettings:
        return DockerSettings(
            owner=self.owner,
            page_image=image,
            session_port_start=self.port,
            session_port_count=10,
        )

    def close(self) -> None:
        docker("rm", "--force", self.redis, f"{self.owner}-gate-edge", self.worker)
        docker("network", "rm", self.back)
        assert left_of(self.owner) == []


@pytest.fixture(scope="module")
def stack(docker_page_image: str) -> Iterator[Stack]:
    stack = Stack()
    try:
        yield stack
    finally:
        asyncio.run(DockerLauncher(stack.settings(docker_page_image)).clear())
        stack.close()


@pytest.fixture
async def launcher(stack: Stack, docker_page_image: str) -> AsyncIterator[DockerLauncher]:
    launcher = DockerLauncher(stack.settings(docker_page_image))
    await launcher.start()
    yield launcher
    await asyncio.gather(*(launcher.stop(handle) for handle in await launcher.owned()))


async def a_page(launcher: DockerLauncher, *, internet: bool = False) -> Handle:
    slot = new_id("slot")
    spec = UnitSpec(
        slot, f"{slot}.token", new_id("ses"), "http://edge:8500", Allowance(internet=internet)
    )
    handle = await launcher.launch(spec)
    await answers(handle)
    return handle


def reached(container: str, *targets: tuple[str, int]) -> set[tuple[str, int]]:
    """Which of these a program in that container can connect to."""
    command = ("exec", "--interactive", container, "python", "-S", "-c", _REACHES)
    return {(name, port) for name, port in json.loads(docker(*command, input=json.dumps(targets)))}


def address_in(container: str, network: str) -> str:
    return inspect(container)["NetworkSettings"]["Networks"][network]["IPAddress"]


async def test_a_page_reaches_the_gate_and_nothing_else(
    stack: Stack, launcher: DockerLauncher
) -> None:
    page, other = await asyncio.gather(a_page(launcher), a_page(launcher))
    with outside() as somewhere:
        assert reached(
            page.data["container"],
            ("edge", 8500),
            (other.data["host"], 8501),
            (address_in(stack.redis, stack.back), 8500),
            (address_in(stack.edge, stack.back), 8500),
            (f"{stack.owner}-redis", 8500),
            somewhere,
            ("1.1.1.1", 443),
            ("pypi.org", 443),
        ) == {("edge", 8500)}
    # The targets were worth the try: a gate reaches what is in the back, and both pages.
    back = (address_in(stack.redis, stack.back), 8500)
    pages = [(page.data["host"], 8501), (other.data["host"], 8501)]
    assert reached(stack.worker, back, *pages) == {back, *pages}
    assert reached(stack.edge, *pages) == set(pages)


async def test_a_page_that_may_reach_the_internet_reaches_no_other_page(
    launcher: DockerLauncher,
) -> None:
    cold, waited, other = await asyncio.gather(
        a_page(launcher, internet=True), a_page(launcher), a_page(launcher)
    )
    for _ in range(2):
        await launcher.fit(waited, "ses-1", Allowance(internet=True))
    egress = f"{launcher._settings.owner}-egress"
    others = [(address_in(cold.data["container"], egress), 8501), (other.data["host"], 8501)]
    with outside() as somewhere:
        for page in (cold, waited):
            assert reached(page.data["container"], somewhere, ("edge", 8500)) == {
                somewhere,
                ("edge", 8500),
            }
            assert get(f"http://127.0.0.1:{page.data['published']}/") == 200
        assert reached(waited.data["container"], *others) == set()
        assert reached(other.data["container"], somewhere) == set()
    assert await launcher.owned() != []


async def test_gates_keep_their_way_out_and_their_published_port(
    stack: Stack, launcher: DockerLauncher
) -> None:
    way_out = docker("exec", stack.edge, "cat", "/proc/net/route").splitlines()[1]
    handles = [await a_page(launcher) for _ in range(2)]
    routes = docker("exec", stack.edge, "cat", "/proc/net/route").splitlines()
    assert way_out in routes
    assert sum(line.split()[1] == "00000000" for line in routes) == 1
    assert get(f"http://127.0.0.1:{stack.port + 11}/") == 200
    seen = read_log(stack.edge).splitlines()[-1].split()[0]
    assert not any(seen.startswith(h.data["host"].rsplit(".", 1)[0]) for h in handles)


async def test_a_gate_that_was_made_anew_is_connected_at_the_next_look(
    stack: Stack, launcher: DockerLauncher
) -> None:
    page = await a_page(launcher)
    docker("rm", "--force", stack.edge)
    stack.edge = stack.gate("edge")
    assert await launcher.owned() == [page]
    reaches = lambda: reached(page.data["container"], ("edge", 8500))  # noqa: E731
    assert await wait_until(reaches, "the page reaches the new edge")


async def test_a_gate_that_was_stopped_starts_again_after_the_networks_are_gone(
    stack: Stack, launcher: DockerLauncher
) -> None:
    await a_page(launcher)
    docker("stop", "--time", "0", stack.edge)
    await launcher.clear()
    assert not any(stack.owner in name for name in networks_of_pages())
    docker("start", stack.edge)
    page = await a_page(launcher)
    assert reached(page.data["container"], ("edge", 8500))


async def test_a_look_at_which_nothing_is_wrong_takes_three_calls(
    launcher: DockerLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.gather(*(a_page(launcher) for _ in range(3)))
    asked: list[object] = []

    ask = Engine.ask

    async def counting(self: Engine, call: Call[T], *, slow: bool = False) -> T:
        asked.append(call)
        return await ask(self, call, slow=slow)

    monkeypatch.setattr(Engine, "ask", counting)
    await launcher.owned()
    assert len(asked) == 3


async def test_addresses_that_somebody_has_are_named_with_their_setting(
    stack: Stack, docker_page_image: str
) -> None:
    of_a_new_port = {"session_port_start": stack.port + 10, "session_port_count": 1}
    settings = stack.settings(docker_page_image).model_copy(update=of_a_new_port)
    launcher = DockerLauncher(settings)
    subnet = launcher._networks.of_port(stack.port + 10).addresses
    taken = f"{stack.owner}-b-taken"
    docker("network", "create", "--subnet", str(subnet), taken)
    try:
        with pytest.raises(LaunchFailed, match=rf"{subnet}.*PLAYGROUND_PAGE_SUBNETS"):
            await a_page(launcher)
    finally:
        docker("network", "rm", taken)


async def test_networks_of_another_range_are_replaced_when_they_are_empty(
    stack: Stack, launcher: DockerLauncher, docker_page_image: str
) -> None:
    first = await a_page(launcher)
    await launcher.stop(first)
    moved = stack.settings(docker_page_image).model_copy(
        update={"page_subnets": IPv4Network("10.229.0.0/16")}
    )
    second = await a_page(DockerLauncher(moved))
    assert second.data["published"] == first.data["published"]
    assert second.data["host"].startswith("10.229.")
    assert reached(second.data["container"], ("edge", 8500))


def networks_of_pages() -> list[str]:
    names = docker("network", "ls", "--filter", "label=playground.network", "--format", "{{.Name}}")
    return names.splitlines()


class outside:
    """A server beyond the page's own network: on this machine's address in Docker's own bridge."""

    def __enter__(self) -> tuple[str, int]:
        config = json.loads(docker("network", "inspect", "bridge"))[0]["IPAM"]["Config"][0]
        gateway = config.get("Gateway") or str(next(IPv4Network(config["Subnet"]).hosts()))
        self._server = socket.create_server((gateway, 0))
        return gateway, self._server.getsockname()[1]

    def __exit__(self, *_: object) -> None:
        self._server.close()
