"""What only some apps do: containers that are filled when opened, components, frames, charts."""

import json
from pathlib import Path

import pytest

from playground.errors import InvalidRequest
from playground_gateway.bridge.shown.data import Media, data_at
from tests.support.apps import APPS
from tests.support.bridge import driven
from tests.support.streamlit_server import INSTALLED, streamlit_server

pytestmark = pytest.mark.needs("streamlit")


async def test_containers_that_are_filled_when_opened_are_opened_and_closed(tmp_path: Path):
    with streamlit_server(APPS / "folding.py", tmp_path) as server:
        async with driven(server.url) as page:
            assert page.values()["parts"] == "Overview"
            view = await page.act(parts="Details", more=True)
            assert "the details" in view
            assert "the overview" not in view
            assert "there is more" in view
            assert (page.values()["parts"], page.values()["more"]) == ("Details", True)
            view = await page.act(more=False, options=True)
            assert "there is more" not in view
            assert "the details" in view
            await page.act(bold=True)
            assert page.values()["bold"] is True
            assert "It cannot be undone." in await page.act(click="Ask")
            assert "It cannot be undone." not in await page.act(click="Sure?")


@pytest.mark.parametrize("release", ["1.45.1", INSTALLED])
async def test_what_a_stranger_shows_is_said_for_what_it_is(release: str, tmp_path: Path):
    with streamlit_server(APPS / "odd.py", tmp_path, release=release) as server:
        async with driven(server.url) as page:
            for said in (
                "Rain, bar, x city, y rain (app_data",
                "line, x rain (app_data",
                "[iframe] Inside a frame\n",
                "[page link] Away: https://example.org/away",
                "[status: running] Loading",
                "Loaded",
            ):
                assert said in page.view, page.view
            (image,) = (one for one in page.client.state.tree if one.kind == "imgs")
            far = data_at(page.client.state.tree, "-".join(map(str, image.path)))
            assert isinstance(far, Media)
            assert far.urls == ["https://example.org/far.png"]
            menu = page.action("menu")
            assert "custom component" in menu["value_schema"]["description"]
            assert json.loads(menu["args"])["options"] == ["Home", "Away"]
            assert 'chosen: "Away"' in await page.act(menu="Away")
            with pytest.raises(InvalidRequest, match=r"takes \.wav"):
                await page.upload("heard", "words.txt", b"no sound")
            with pytest.raises(InvalidRequest, match="there are none"):
                await page.act(none="this")
            assert "heard: words.wav" in await page.upload("heard", "words.wav", b"RIFF")
            view = await page.act(dots={"near": [{"rain": 3}]})
            assert 'on the chart: [{"rain": 3}]' in view
            view = await page.act(dots={}, map={})
            assert "on the chart: {}" in view
            assert "on the map: {}" in view
