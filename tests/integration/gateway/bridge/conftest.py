"""Real Streamlit servers, of the installed release and of older ones."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.apps import APPS
from tests.support.bridge import Driven, driven
from tests.support.streamlit_server import RELEASES, streamlit_server


@pytest.fixture(scope="session", params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """Each release of Streamlit that the zoo is tried on."""
    return request.param


@pytest.fixture(scope="session")
def zoo_url(release: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that shows one of every widget, of that release."""
    folder: Path = tmp_path_factory.mktemp("zoo")
    with streamlit_server(APPS / "zoo.py", folder, release=release) as server:
        yield server.url


@pytest.fixture
async def zoo(zoo_url: str) -> AsyncIterator[Driven]:
    async with driven(zoo_url) as page:
        yield page
