"""Apps that are not made for it, used by a browser's tab and by tools at once."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit.hello
from playwright.sync_api import Browser, expect

from tests.support.apps import APPS
from tests.support.shared_app import App, app_at
from tests.support.streamlit_server import streamlit_server

pytestmark = pytest.mark.needs("redis", "streamlit", "browser")

HELLO = Path(streamlit.hello.__file__).parent / "streamlit_app.py"


@pytest.fixture
def app(
    request: pytest.FixtureRequest,
    web_url: str,
    redis_url: str,
    browser: Browser,
    tmp_path: Path,
) -> Iterator[App]:
    """The app whose script the test names."""
    with (
        streamlit_server(request.param, tmp_path) as server,
        app_at(server.url, web_url, redis_url, browser) as served,
    ):
        yield served


@pytest.mark.parametrize("app", [APPS / "navigation_app" / "app.py"], indirect=True)
def test_a_page_that_one_goes_to_is_the_page_of_both(app: App):
    tab = app.tab(says="on every page")
    assert "# End" in app.tools("app_act", page="The end")["view"]
    expect(tab.get_by_role("heading", name="End")).to_be_visible()
    tab.get_by_role("link", name="Start here").click()
    expect(tab.get_by_role("heading", name="Start")).to_be_visible()
    assert "# Start" in app.tools("app_view")["view"]
    app.tools("app_act", click="To the end")
    expect(tab.get_by_text("visits: 3")).to_be_visible()


@pytest.mark.parametrize("app", [APPS / "pages_app" / "home.py"], indirect=True)
def test_pages_in_a_folder_are_gone_to_by_both(app: App):
    tab = app.tab(says="Home")
    app.tools("app_act", page="second page")
    expect(tab.get_by_role("heading", name="Second")).to_be_visible()
    assert app.tools("app_act", set={"here": 4})["status"] == "ready"
    expect(tab.get_by_role("slider")).to_have_value("4")
    tab.get_by_role("button", name="Back").click()
    expect(tab.get_by_role("heading", name="Home")).to_be_visible()
    assert "# Home" in app.tools("app_view")["view"]


@pytest.mark.parametrize("app", [APPS / "pages_app" / "home.py"], indirect=True)
def test_the_query_of_a_pages_address_is_everybodys(app: App):
    tab = app.tab("?city=Oslo", says="query: {'city': 'Oslo'}")
    assert app.tools("app_view")["query"] == "city=Oslo"
    app.tools("app_act")
    assert "query: {'city': 'Oslo'}" in app.tools("app_view")["view"]
    app.tools("app_act", query="city=Rome")
    expect(tab.get_by_text("query: {'city': 'Rome'}")).to_be_visible()
    expect(tab).to_have_url(re.compile(r"\?city=Rome$"))


@pytest.mark.parametrize("app", [HELLO], indirect=True)
def test_every_page_of_streamlit_hello_is_seen_by_both(app: App):
    tab = app.tab(says="Welcome to Streamlit")
    titles = [one["title"] for one in app.tools("app_view")["pages"]]
    assert len(titles) == 5
    heading = ""
    for title in titles:
        page = app.tools("app_act", page=title)
        heading = page["view"].partition("# ")[2].partition("\n")[0]
        expect(tab.get_by_role("heading", name=heading).first).to_be_visible()
    late = app.tab()
    expect(late.get_by_role("heading", name=heading).first).to_be_visible()


@pytest.mark.parametrize("app", [APPS / "hard.py"], indirect=True)
def test_ten_thousand_rows_and_a_run_without_end_are_shared(app: App):
    tab = app.tab(says="Hard")
    expect(tab.get_by_test_id("stDataFrame")).to_be_visible()
    tab.get_by_role("button", name="Never end").click()
    expect(tab.get_by_text(re.compile(r"count \d\d")).first).to_be_visible()
    seen = app.tools("app_view")
    assert seen["status"] == "running"
    assert "count" in seen["view"]
    late = app.tab(says="Hard")
    expect(late.get_by_text("count").first).to_be_visible()
    assert app.tools("app_stop")["status"] in ("ready", "interrupted")
    rows = app.tools("app_data", ref="0-1", offset=9_990)["rows"]
    assert [row[0] for row in rows] == [f"row {n}" for n in range(9_990, 10_000)]
    assert app.tools("app_act")["status"] == "ready"  # what stood below was not come to
    assert app.tools("app_act", set={"level": 7})["status"] == "ready"
    for one in (tab, late):
        expect(one.get_by_role("slider")).to_have_value("7")


@pytest.mark.parametrize("app", [APPS / "hard.py"], indirect=True)
def test_a_page_that_dies_is_said_to_be_lost_to_both(app: App):
    tab = app.tab(says="Hard")
    answer = app.tools("app_act", click="die")
    assert answer["code"] == "session_not_ready"
    expect(tab.get_by_text("Connecting").or_(tab.get_by_text("Connection error"))).to_be_visible()


@pytest.mark.parametrize("app", [APPS / "zoo.py"], indirect=True)
def test_an_app_that_raises_shows_it_to_both_and_goes_on(app: App):
    tab = app.tab(says="Zoo")
    page = app.tools("app_act", click="Raise")
    assert page["status"] == "error"
    expect(tab.get_by_test_id("stException")).to_be_visible()
    tab.get_by_text("Lamp").click()
    expect(tab.get_by_test_id("stException")).to_have_count(0)
    assert app.tools("app_view")["status"] == "ready"


@pytest.mark.parametrize("app", [APPS / "folding.py"], indirect=True)
def test_containers_that_are_filled_when_opened_stand_alike_for_both(app: App):
    tab, late = app.tab(says="the overview"), app.tab(says="the overview")
    app.tools("app_act", set={"parts": "Details", "more": True})
    for one in (tab, late):
        expect(one.get_by_text("the details")).to_be_visible()
        expect(one.get_by_text("there is more")).to_be_visible()
    tab.get_by_role("tab", name="Overview").click()
    expect(late.get_by_text("the overview")).to_be_visible()
    app.tools.wait_for("parts", "Overview")
    assert app.tools.value("more") is True
    app.tools("app_act", click="Ask")
    expect(tab.get_by_role("dialog")).to_be_visible()
    app.tools("app_act", click="Sure?")
    expect(tab.get_by_role("dialog")).to_have_count(0)
