"""One suite over every launcher: what the lifecycle may rely on.

To add a launcher: a `Place` in tests/support/launcher_places.py, and a line in `_KINDS`; everything
here must then hold for it.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from playground.errors import NoCapacity
from playground.identifiers import new_id
from playground.sessions.model import Handle
from playground_worker.launchers.protocol import Allowance, Launcher, UnitMissing, UnitSpec
from tests.support.launcher_places import SECRETS, Containers, Place, Processes
from tests.support.pages import is_free
from tests.support.waiting import wait_until

_KINDS = [
    pytest.param("forked", marks=pytest.mark.needs("streamlit")),
    pytest.param("plain", marks=pytest.mark.needs("streamlit")),
    pytest.param("docker", marks=pytest.mark.needs("docker")),
]
Make = Callable[..., Launcher]


@pytest.fixture(scope="module", params=_KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Where pages live in this module: its tests share a fork server, networks, an image."""
    folder = tmp_path_factory.mktemp("launchers")
    made: Place
    if request.param == "docker":
        made = Containers(request.getfixturevalue("docker_page_image"))
    else:
        made = Processes(folder, {"forked": "auto", "plain": "off"}[request.param])
    yield made
    asyncio.run(made.close())


@pytest.fixture
async def make(place: Place) -> AsyncIterator[Make]:
    made: list[Launcher] = []

    def maker(**settings: Any) -> Launcher:
        made.append(place.launcher(**settings))
        return made[-1]

    yield maker
    for launcher in made:
        for handle in await launcher.owned():
            await launcher.stop(handle)


@pytest.fixture
async def launcher(make: Make) -> Launcher:
    launcher = make()
    await launcher.start()
    return launcher


def a_spec(**more: Any) -> UnitSpec:
    slot = new_id("slot")
    return UnitSpec(slot, f"{slot}.token", "ses-1", "http://127.0.0.1:8080", **more)


async def a_page(launcher: Launcher, place: Place, **more: Any) -> Handle:
    handle = await launcher.launch(a_spec(**more))
    await place.ready(handle)
    return handle


async def test_a_page_is_launched_inspected_found_and_stopped(
    launcher: Launcher, make: Make, place: Place
) -> None:
    handle = await a_page(launcher, place)
    assert (await launcher.inspect([handle]))[handle.slot].alive
    assert (await launcher.memory([handle]))[handle.slot] > 5_000_000

    # Another process of the worker, with no memory of the launch, finds and ends it.
    other = make()
    assert await other.owned() == [handle]
    await other.stop(handle)
    assert not (await launcher.inspect([handle]))[handle.slot].alive
    assert await launcher.memory([handle]) == {}
    assert await launcher.owned() == []
    assert is_free(handle.data["published"])
    await other.stop(handle)


async def test_a_browser_of_this_machine_reaches_the_page(launcher: Launcher, place: Place) -> None:
    handle = await a_page(launcher, place)
    _, writer = await asyncio.open_connection("127.0.0.1", handle.data["published"])
    writer.close()


async def test_a_page_knows_its_token_and_no_secret_of_the_worker(
    launcher: Launcher, place: Place
) -> None:
    handle = await a_page(launcher, place)
    environment = place.environment(handle)
    assert environment["PLAYGROUND_SLOT_TOKEN"] == f"{handle.slot}.token"
    assert environment["PLAYGROUND_CHAT_URL"] == "http://127.0.0.1:8080"
    assert not SECRETS.keys() & environment.keys()
    assert not any(secret in str(environment) for secret in SECRETS.values())


async def test_pages_have_ports_of_their_own_and_a_preferred_one_where_it_is_free(
    launcher: Launcher, place: Place
) -> None:
    first, second = await a_page(launcher, place), await a_page(launcher, place)
    start = first.data["published"]
    assert second.data["published"] == start + 1
    third = await launcher.launch(a_spec(preferred_port=start + 5))
    assert third.data["published"] == start + 5
    fourth = await launcher.launch(a_spec(preferred_port=start + 5))
    assert fourth.data["published"] == start + 2


async def test_a_port_range_that_is_all_taken_is_no_capacity(make: Make) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        launcher = make(session_port_start=port, session_port_count=1)
        with pytest.raises(NoCapacity, match=f"Every port from {port} to {port} is taken"):
            await launcher.launch(a_spec())
        assert await launcher.owned() == []


async def test_a_page_that_is_made_of_nothing_says_what_is_missing(place: Place) -> None:
    with pytest.raises(UnitMissing, match=place.made_of) as failed:
        await place.without_page().launch(a_spec())
    assert "/" not in failed.value.detail


async def test_a_page_that_is_killed_leaves_its_cause_until_it_is_given_back(
    launcher: Launcher, place: Place
) -> None:
    handle = await a_page(launcher, place)
    place.kill(handle)

    async def is_known() -> bool:
        condition = (await launcher.inspect([handle]))[handle.slot]
        return not condition.alive and "SIGKILL" in condition.cause

    await wait_until(is_known, "it is known that the page was killed")
    assert is_free(handle.data["published"])
    assert [found.slot for found in await launcher.owned()] == [handle.slot]
    await launcher.stop(handle)
    assert await launcher.owned() == []


async def test_a_launch_cut_off_from_its_answer_can_still_be_given_back(
    launcher: Launcher, place: Place
) -> None:
    handle = await a_page(launcher, place)
    await launcher.stop(Handle(launcher=launcher.name, slot=handle.slot))
    assert is_free(handle.data["published"])
    assert await launcher.owned() == []


async def test_the_config_of_a_page_is_that_of_the_launcher_until_something_changes(
    launcher: Launcher, make: Make, place: Place
) -> None:
    handle = await a_page(launcher, place)
    other = make()
    await other.start()
    assert handle.data["config"] == launcher.config == other.config != ""


async def test_the_last_lines_of_a_log_are_read(launcher: Launcher, place: Place) -> None:
    handle = await a_page(launcher, place)

    async def logged() -> str:
        return await launcher.read_log(handle, 1_000_000)

    await wait_until(logged, "the page has written a line")
    assert len((await launcher.read_log(handle, 1)).splitlines()) == 1
    unknown = Handle(launcher=launcher.name, slot=new_id("slot"))
    assert await launcher.read_log(unknown, 10) == ""


async def test_a_page_that_waited_is_fitted_to_its_session_more_than_once(
    launcher: Launcher, place: Place
) -> None:
    handle = await a_page(launcher, place)
    for _ in range(2):
        await launcher.fit(handle, "ses-2", Allowance(memory_mb=256, cpus=0.5))
    assert (await launcher.inspect([handle]))[handle.slot].alive
    assert await launcher.owned() == [handle]


async def test_clearing_ends_every_page(launcher: Launcher, place: Place) -> None:
    handles = [await a_page(launcher, place) for _ in range(2)]
    await launcher.clear()
    assert await launcher.owned() == []
    assert all(is_free(handle.data["published"]) for handle in handles)
    assert not await launcher.is_going_down()
