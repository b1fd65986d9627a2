"""Pages that are hard on their reader: ten thousand rows, endless runs, floods, sudden death."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.errors import InvalidRequest, TooLarge
from playground_gateway.bridge.acting import Action, act
from playground_gateway.bridge.client import PageClient, PageLost
from playground_gateway.bridge.files import LARGEST_UPLOAD
from playground_gateway.bridge.link import LinkLost, connect_directly
from playground_gateway.bridge.shown.data import data_at
from playground_gateway.bridge.shown.pages import errors
from playground_gateway.bridge.shown.tables import Table
from tests.support.apps import APPS, written_app
from tests.support.bridge import Driven, driven
from tests.support.streamlit_server import streamlit_server

pytestmark = pytest.mark.needs("streamlit")


@pytest.fixture
async def hard(tmp_path: Path) -> AsyncIterator[Driven]:
    with streamlit_server(APPS / "hard.py", tmp_path) as server:
        async with driven(server.url) as page:
            yield page


async def test_ten_thousand_rows_are_begun_in_the_view_and_read_page_by_page(hard: Driven):
    assert "10000 rows of 8 columns" in hard.view
    assert "9995 more rows" in hard.view
    assert len(hard.view) < 10_000
    table = data_at(hard.client.state.tree, "0-1")
    assert isinstance(table, Table)
    assert table.columns[0] == "name"
    [row] = table.page(9_999, 100)
    assert row[:2] == ["row 9999", 9_999]
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    values = [one[2] for one in table.page(0, 4)]
    assert values == [None, None, None, 1.5]
    assert row[3].startswith("2027-02-21T")
    assert table.page(10_000, 5) == []


async def test_a_long_text_is_cut_in_the_view_and_whole_as_data(hard: Driven):
    assert "6000 more characters: app_data 0-2" in hard.view
    assert data_at(hard.client.state.tree, "0-2") == "é" * 10_000


async def test_a_run_without_end_is_read_acted_on_and_stopped(hard: Driven):
    assert await act(hard.client, Action(click="never"))
    assert await hard.client.until(lambda: "count 5" in hard.view, 20)
    assert not await hard.client.settled(0)
    assert "= 4" in await hard.act(level=4)
    await act(hard.client, Action(click="never"))
    await hard.client.stop()
    await hard.settle()
    assert hard.client.state.stopped


async def test_a_flood_of_elements_arrives_whole(hard: Driven):
    assert "flood 2999" in await hard.act(click="flood")


async def test_a_spinner_is_seen_and_gone_again(hard: Driven):
    await act(hard.client, Action(click="spin"))
    assert await hard.client.until(lambda: "[busy] Turning" in hard.view, 20)
    await hard.settle()
    assert "Turning" not in hard.view


async def test_a_page_that_dies_in_mid_run_is_said_to_be_lost(hard: Driven):
    assert await act(hard.client, Action(click="die"))
    with pytest.raises(PageLost):
        await hard.client.settled(30)
    assert hard.client.lost
    with pytest.raises(PageLost):
        await act(hard.client, Action())
    with pytest.raises(LinkLost):
        await connect_directly(hard.client.link.base_url)


async def test_a_widget_that_has_vanished_is_refused(tmp_path: Path):
    script = """
    if st.checkbox("More", True, key="more"):
        st.slider("Deep", 0, 9, key="deep")
    """
    with streamlit_server(written_app(tmp_path, script), tmp_path) as server:
        async with driven(server.url) as app:
            await app.act(deep=5)
            await app.act(more=False)
            with pytest.raises(InvalidRequest, match="may have gone"):
                await app.act(deep=6)
            await app.act(more=True)
            assert app.values()["deep"] == 0


async def test_a_script_that_cannot_be_compiled_is_told_with_its_line(tmp_path: Path):
    with streamlit_server(written_app(tmp_path, "st.text('broken\n"), tmp_path) as server:
        async with driven(server.url) as app:
            [error] = errors(app.client.state)
            assert error["type"] == "SyntaxError"
            assert "line 2" in error["message"]


async def test_an_upload_beyond_any_limit_is_refused_before_it_is_sent(tmp_path: Path):
    script = 'st.file_uploader("File", key="file")'
    with streamlit_server(written_app(tmp_path, script), tmp_path) as server:
        async with driven(server.url) as app:
            with pytest.raises(TooLarge, match="200 MiB"):
                await app.upload("file", "big.bin", bytes(LARGEST_UPLOAD + 1))
            await app.upload("file", "small.bin", b"\x00\xff")
            assert app.values()["file"] == ["small.bin"]


async def test_what_is_no_streamlit_is_said_to_be_none(tmp_path: Path):
    del tmp_path
    with pytest.raises(LinkLost):
        await connect_directly("http://127.0.0.1:9")
    with pytest.raises(LinkLost):
        await connect_directly("not an address")


async def test_two_clients_of_one_server_know_nothing_of_each_other(hard: Driven):
    async with driven(hard.client.link.base_url) as other:
        await hard.act(level=7)
        assert other.values()["level"] == 0
        assert isinstance(other.client, PageClient)
