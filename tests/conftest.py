"""Fixtures of every test: the real Redis, and the checks that nothing is left behind."""

from collections.abc import AsyncIterator, Iterator

import pytest
import redis as sync_redis

from playground.keys import Keys
from playground.redis_connection import Redis, connection
from tests.support.compose_stack import ComposeStack, with_an_app_of_tests
from tests.support.docker_engine import page_image
from tests.support.leaks import leaked_keys
from tests.support.parts import require
from tests.support.redis_server import folder_in_memory, running_redis
from tests.support.search_redis import running_search_redis

IMAGES_BUILT_WITHIN_S = 900
"""By the first test that needs them, on a machine that has none of their layers."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the stack in containers come last and together, so that it lives no longer.

    The last of all restarts the engine.
    """
    items.sort(key=_place)
    for item in items:
        if _place(item) or _is_alone(item):
            item.add_marker(pytest.mark.alone)
        if _place(item) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(IMAGES_BUILT_WITHIN_S))


def _is_alone(item: pytest.Item) -> bool:
    """Whether it takes the engine, a file system of its own, or a whole stack on this machine."""
    needed = {part for marker in item.iter_markers("needs") for part in marker.args}
    return bool({"docker", "mount"} & needed) or "e2e" in item.path.parts


def _place(item: pytest.Item) -> int:
    needed = {part for marker in item.iter_markers("needs") for part in marker.args}
    on_stack = "compose_images" in getattr(item, "fixturenames", ())
    chaos = item.get_closest_marker("chaos") is not None
    return sum((on_stack, chaos, "dockerd" in needed))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for part in marker.args:
            require(part)


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    """One real server for the whole run."""
    require("redis")
    with folder_in_memory() as folder, running_redis(folder) as url:
        yield url


@pytest.fixture(scope="session")
def search_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One real server with the search module for the whole run."""
    require("search")
    with running_search_redis(tmp_path_factory.mktemp("search")) as url:
        yield url


@pytest.fixture
def redis_url(redis_server_url: str) -> Iterator[str]:
    """An empty Redis; the test fails if it leaves a key that never ends without a listed reason."""
    with sync_redis.Redis.from_url(redis_server_url) as client:
        client.flushall()
        yield redis_server_url
        leaked = leaked_keys(client)
        client.flushall()
    assert leaked == [], f"Redis keys without a time to live or a listed reason: {leaked}"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of the empty Redis."""
    async with connection(redis_url) as client:
        yield client


@pytest.fixture(scope="session")
def docker_page_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The tag of the tests' own page image, on the real engine."""
    require("docker")
    with page_image(tmp_path_factory.mktemp("image")) as tag:
        yield tag


@pytest.fixture(scope="session")
def compose_images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """A stack in containers whose images are built; nothing of it runs yet."""
    require("docker")
    folder = tmp_path_factory.mktemp("compose") / "scenarios"
    stack = ComposeStack(PLAYGROUND_SCENARIOS_DIR=str(with_an_app_of_tests(folder)))
    try:
        stack.build()
        yield stack
    finally:
        stack.end()
    assert stack.left() == []


@pytest.fixture(scope="session")
def compose_stack(compose_images: ComposeStack) -> ComposeStack:
    """The stack of containers, up, with two chat backends, two gateways and a scripted model."""
    compose_images.start()
    return compose_images


@pytest.fixture
def keys() -> Keys:
    return Keys("default")
