"""Containers that an app fills only when they are opened."""

from pathlib import Path

import pytest

from tests.support.apps import APPS
from tests.support.bridge import driven
from tests.support.streamlit_server import streamlit_server

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
