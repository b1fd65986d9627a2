"""Tables as a person sees them, edits held to what their columns take, hints at inputs."""

import ast
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from playground.errors import InvalidRequest
from playground_gateway.bridge.acting import Action
from tests.support.apps import APPS
from tests.support.bridge import Driven, driven
from tests.support.streamlit_server import INSTALLED, streamlit_server

pytestmark = pytest.mark.needs("streamlit")


@pytest.fixture(scope="module", params=["1.36.0", INSTALLED])
def tables_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("tables")
    with streamlit_server(APPS / "tables.py", folder, release=request.param) as server:
        yield server.url


@pytest.fixture
async def page(tables_url: str) -> AsyncIterator[Driven]:
    async with driven(tables_url) as page:
        yield page


def said(view: str, name: str) -> Any:
    """What the app has made of a table."""
    line = next(line for line in view.splitlines() if line.startswith(f"{name}: "))
    return ast.literal_eval(line.removeprefix(f"{name}: "))


async def test_a_table_is_shown_as_a_person_sees_it(page: Driven):
    headers = [line for line in page.view.splitlines() if line.startswith("| ")]
    assert "| Rain (mm) | Town |" in headers
    assert "| Town | Rain (mm) | kind | Since |" in headers
    assert "| city | Rain |" in headers
    assert "| Town | rain / dry | rain / wet |" in headers
    assert "| 3 | Oslo |" in headers
    assert not any("id" in header.split() for header in headers)


async def test_columns_are_selected_by_their_words_or_names(page: Driven):
    view = await page.act(seen={"rows": [2], "columns": ["Rain (mm)", "city"]})
    assert "chosen: [2] ['rain', 'city']" in view
    assert page.values()["seen"]["columns"] == ["rain", "city"]
    for wrong in ({"columns": ["id"]}, {"rows": [3]}):
        with pytest.raises(InvalidRequest):
            await page.act(seen=wrong)


async def test_cells_are_edited_by_the_words_above_them(page: Driven):
    edits = {
        "edited_rows": {"0": {"Rain (mm)": 9, "kind": "dry"}, "1": {"since": None}},
        "added_rows": [{"kind": "wet", "Since": "2026-01-05"}],
    }
    edited = said(await page.act(edited=edits), "edited")
    assert edited["city"] == ["Oslo", "Rome", "Lima", "a new one"]
    assert [float(rain) for rain in edited["rain"][:3]] == [9, 5, 1]
    assert edited["kind"] == ["dry", "wet", "dry", "wet"]
    assert edited["since"][1] in ("None", "NaT")
    assert edited["since"][3].startswith("2026-01-05")
    view = await page.act(fixed={"edited_rows": {"2": {"Rain": 8}}})
    assert said(view, "fixed") == {"rain": [3, 5, 8]}


async def test_what_a_column_takes_is_told_and_nothing_else_is_sent(page: Driven):
    row = page.action("edited")["value_schema"]["$defs"]["row"]["properties"]
    assert list(row) == ["rain", "kind", "since"]
    assert row["rain"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 9,
        "title": "Rain (mm)",
        "description": "A day's",
    }
    assert row["kind"]["enum"] == ["wet", "dry"]
    begun = page.client.state.runs_begun
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("edited", {"edited_rows": {"0": {"rain": 10}}}, "greater than the maximum"),
        ("edited", {"edited_rows": {"0": {"rain": "3"}}}, "not of type"),
        ("edited", {"edited_rows": {"0": {"kind": "odd"}}}, "not one of"),
        ("edited", {"edited_rows": {"0": {"since": "soon"}}}, "is not a 'date'"),
        ("edited", {"edited_rows": {"0": {"city": "Bergen"}}}, "there are: 'rain', 'kind'"),
        ("edited", {"edited_rows": {"0": {"id": 1}}}, "no column 'id'"),
        ("edited", {"edited_rows": {"0": {"kind": None}}}, "cannot be empty"),
        ("edited", {"edited_rows": {"3": {"rain": 1}}}, "no row '3'"),
        ("edited", {"deleted_rows": [3]}, "greater than the maximum"),
        ("edited", {"added_rows": [{"rain": 1}]}, "'kind' in every new row"),
        ("fixed", {"added_rows": [{"rain": 1}]}, "added_rows"),
    ]
    for key, edits, why in wrong:
        with pytest.raises(InvalidRequest, match=why):
            await page.do(Action(set={key: edits}))
    assert page.client.state.runs_begun == begun


async def test_hints_are_told_and_a_password_is_not(page: Driven):
    ticker = page.action("ticker")
    assert (ticker["help"], ticker["placeholder"]) == ("A stock's short name", "e.g. AAPL")
    assert page.action("lot")["value_schema"]["description"] == "in steps of 5"
    assert page.action("plan")["captions"] == ["for one", "for all"]
    view = await page.act(secret="hunter2")
    assert "swordfish" not in str(page.values()) + page.view
    assert "hunter2" not in str(page.values()) + view


async def test_an_objects_help_is_short(page: Driven):
    help_text = page.view[page.view.index("[help]") :]
    assert "members: " in help_text
    assert len(help_text) < 2_000
