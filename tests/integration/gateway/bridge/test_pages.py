"""Apps of several pages: files in pages/, st.navigation, Streamlit's own demonstration."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import streamlit.hello

from playground.errors import InvalidRequest
from playground_gateway.bridge.acting import Action
from playground_gateway.bridge.shown.pages import errors, pages
from tests.support.apps import APPS
from tests.support.bridge import Driven, driven
from tests.support.streamlit_server import INSTALLED, RELEASES, streamlit_server

pytestmark = pytest.mark.needs("streamlit")

HELLO = Path(streamlit.hello.__file__).parent


@pytest.fixture(scope="session", params=[RELEASES[0], INSTALLED])
def release(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def files(release: str, tmp_path: Path) -> AsyncIterator[Driven]:
    with streamlit_server(APPS / "pages_app" / "home.py", tmp_path, release=release) as server:
        async with driven(server.url) as page:
            yield page


@pytest.fixture(scope="module")
def hello_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hello")
    script = HELLO / "streamlit_app.py"
    with streamlit_server(script, folder) as server:
        yield server.url


async def test_pages_in_a_folder_are_gone_to_by_name_by_link_and_by_the_app(files: Driven):
    assert [one["name"] for one in pages(files.client.state)] == ["home", "second_page"]
    assert "# Second" in await files.do(Action(page="second page"))
    assert "# Home" not in files.view
    assert [one["current"] for one in pages(files.client.state)] == [False, True]
    await files.act(here=4)
    assert "# Home" in await files.act(click="Back")
    assert "# Second" in await files.act(click="Onward")
    with pytest.raises(InvalidRequest, match="second_page"):
        await files.do(Action(page="third"))


async def test_a_query_is_part_of_the_address(files: Driven):
    assert "query: {'a': '1', 'b': 'x y'}" in await files.do(Action(query="a=1&b=x%20y"))
    assert "query: {'a': '1', 'b': 'x y'}" in await files.do(Action())
    await files.do(Action(page="second page"))
    assert "query: {}" in await files.do(Action(page="home"))


async def test_pages_of_st_navigation_share_the_session(tmp_path: Path):
    with streamlit_server(APPS / "navigation_app" / "app.py", tmp_path) as server:
        async with driven(server.url) as app:
            told = pages(app.client.state)
            assert [one["title"] for one in told] == ["Start here", "The end"]
            assert "# End" in await app.act(click="To the end")
            assert "visits: 2" in app.view
            assert "on every page" in app.view
            assert "# Start" in await app.do(Action(page="Start here"))
            assert "visits: 3" in await app.do(Action(page="the-end"))


async def test_every_page_of_streamlit_hello_is_shown_whole(hello_url: str):
    async with driven(hello_url) as app:
        titles = [one["title"] for one in pages(app.client.state)]
        assert len(titles) == 5
        for title in titles:
            view = await app.do(Action(page=title))
            problems = [one for one in errors(app.client.state) if "URL" not in one["message"]]
            assert problems == [], title
            assert len(view) > 100, title
