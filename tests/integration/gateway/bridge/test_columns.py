"""Columns of newer kinds: buttons in cells, chosen values, data that a table alone has."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.errors import InvalidRequest
from playground_gateway.bridge.acting import Action
from tests.support.apps import APPS
from tests.support.bridge import Driven, driven
from tests.support.streamlit_server import streamlit_server

pytestmark = pytest.mark.needs("streamlit")


@pytest.fixture(scope="module")
def columns_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("columns")
    with streamlit_server(APPS / "columns.py", folder) as server:
        yield server.url


@pytest.fixture
async def page(columns_url: str) -> AsyncIterator[Driven]:
    async with driven(columns_url) as page:
        yield page


async def test_a_button_in_a_cell_is_clicked_by_its_row_and_once(page: Driven):
    assert "clicked: {'row': 1, 'label': 'Visit'} None" in await page.act(go={"row": 1})
    view = await page.act(Ways={"row": 0, "label": "Sail"})
    assert "clicked: None {'row': 0, 'label': 'Sail'}" in view
    assert "clicked: None None" in await page.do(Action())
    for name, click in (
        ("go", {"row": 2}),
        ("go", {"row": 3}),
        ("ways", {"row": 0}),
        ("ways", {"row": 1, "label": "Sail"}),
    ):
        with pytest.raises(InvalidRequest):
            await page.do(Action(set={name: click}))


async def test_cells_of_every_kind_are_shown_as_a_person_sees_them(page: Driven):
    assert (
        '| Oslo | 0.1 | ["cold"] | {"a": 1} | [1, 2] | Visit | ["Fly", "Sail"] | big |' in page.view
    )
    assert "| 2024-11 | 3600.0 | (0, 1] |" in page.view


async def test_only_what_a_browser_could_send_is_sent(page: Driven):
    row = page.action("edited")["value_schema"]["$defs"]["row"]["properties"]
    assert list(row) == ["town", "tags", "size", "met", "local"]
    assert row["size"]["enum"] == ["small", "big", "huge"]
    view = await page.act(
        edited={
            "edited_rows": {
                "0": {
                    "Tags": ["WARM", "old"],
                    "size": "huge",
                    "Met": "2024-05-05T10:00:00",
                    "local": "2024-05-05T10:00:00+09:00",
                }
            }
        }
    )
    assert (
        "edited: [\"['warm', 'old']\", 'huge', '2024-05-05 10:00:00', '2024-05-05 10:00:00+09:00']"
    ) in view
    wrong: list[tuple[str, Any, str]] = [
        ("tags", ["wet"], "not one of"),
        ("size", "tiny", "not one of"),
        ("met", "2022-12-31T10:00:00", "before 2023"),
        ("met", "2024-05-05T10:00:00Z", "with an offset"),
        ("local", "2024-05-05T10:00:00", "without an offset"),
        ("month", "2024-12", "no column"),
    ]
    for name, value, why in wrong:
        with pytest.raises(InvalidRequest, match=why):
            await page.do(Action(set={"edited": {"edited_rows": {"0": {name: value}}}}))
