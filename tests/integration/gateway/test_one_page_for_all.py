"""One script session, two drivers: real browser tabs and MCP tools on the same page of an app."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support.apps import APPS
from tests.support.page_tab import eventually, send
from tests.support.shared_app import App, app_at
from tests.support.streamlit_server import RELEASES, streamlit_server

pytestmark = pytest.mark.needs("redis", "streamlit", "browser")


@pytest.fixture(scope="module", params=RELEASES)
def zoo_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("zoo")
    with streamlit_server(APPS / "zoo.py", folder, release=request.param) as server:
        yield server.url


@pytest.fixture(scope="module")
def newest_zoo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with streamlit_server(APPS / "zoo.py", tmp_path_factory.mktemp("zoo")) as server:
        yield server.url


@pytest.fixture(scope="module")
def chat_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with streamlit_server(APPS / "chatting.py", tmp_path_factory.mktemp("chat")) as server:
        yield server.url


@pytest.fixture
def zoo(web_url: str, redis_url: str, browser: Browser, zoo_url: str) -> Iterator[App]:
    with app_at(zoo_url, web_url, redis_url, browser) as app:
        yield app


@pytest.fixture
def newest_zoo(
    web_url: str, redis_url: str, browser: Browser, newest_zoo_url: str
) -> Iterator[App]:
    with app_at(newest_zoo_url, web_url, redis_url, browser) as app:
        yield app


@pytest.fixture
def chat(web_url: str, redis_url: str, browser: Browser, chat_url: str) -> Iterator[App]:
    with app_at(chat_url, web_url, redis_url, browser) as app:
        yield app


EVERYTHING = {
    "name": "Grace",
    "age": 41,
    "volume": 8,
    "range": [0.5, 1.0],
    "size": "L",
    "agree": True,
    "pet": "owl",
    "car": "blue",
    "way": "right",
    "fruit": ["fig", "plum"],
    "day": "2026-03-04",
    "clock": "09:45",
}


def test_what_tools_set_is_seen_in_a_tab_and_what_a_person_sets_then_leaves_it_so(zoo: App):
    tab = zoo.tab(says="Zoo")
    page = zoo.tools("app_act", set=EVERYTHING)
    assert page["humans_watching"] == 1
    assert page["status"] == "ready"
    expect(tab.get_by_label("Name", exact=True)).to_have_value("Grace")
    expect(tab.get_by_label("Age", exact=True)).to_have_value("41")
    expect(tab.get_by_text("'Grace'")).to_be_visible()
    tab.get_by_text("Lamp").click()
    expect(tab.get_by_text("('toggle', 'False')")).to_be_visible()
    held = {one["key"]: one["value"] for one in zoo.tools("app_view")["actions"]}
    assert {key: held[key] for key in EVERYTHING} == {**EVERYTHING, "clock": held["clock"]}
    assert held["lamp"] is False
    late = zoo.tab(says="Zoo")
    expect(late.get_by_label("Name", exact=True)).to_have_value("Grace")
    expect(late.get_by_text("('toggle', 'False')")).to_be_visible()
    late.get_by_label("Name", exact=True).fill("Edsger")
    late.get_by_label("Name", exact=True).press("Enter")
    expect(tab.get_by_label("Name", exact=True)).to_have_value("Edsger")
    assert zoo.tools.value("name") == "Edsger"
    assert zoo.tools("app_view")["humans_watching"] == 2


def test_a_form_a_dialog_and_a_fragment_are_used_by_both(newest_zoo: App):
    tab = newest_zoo.tab(says="Zoo")
    newest_zoo.tools("app_act", set={"item": "pen", "count": 3})
    page = newest_zoo.tools("app_act", click="Order")
    assert "ordered 3 of 'pen'" in page["view"]
    expect(tab.get_by_text("ordered 3 of 'pen'")).to_be_visible()
    tab.get_by_label("Item").fill("ink")
    tab.get_by_role("button", name="Order").click()
    expect(tab.get_by_text("ordered 1 of 'ink'")).to_be_visible()
    newest_zoo.tools("app_act", click="Ask")
    tab.get_by_role("dialog").get_by_label("Why").fill("so")
    tab.get_by_role("dialog").get_by_label("Why").press("Enter")
    newest_zoo.tools.wait_for("why", "so")
    page = newest_zoo.tools("app_act", click="yes")
    assert "said: because so" in page["view"]
    expect(tab.get_by_role("dialog")).to_be_hidden()
    tab.get_by_role("button", name="Alone", exact=True).click()
    expect(tab.get_by_text("alone 1")).to_be_hidden()
    newest_zoo.tools("app_act", set={"ticking": True})
    expect(tab.get_by_text(re.compile(r"ticks: ([5-9]|\d\d)"))).to_be_visible()
    assert "ticks: " in newest_zoo.tools("app_view")["view"]
    newest_zoo.tools("app_act", set={"ticking": False})
    expect(tab.get_by_text("ticks: ")).to_be_hidden()


def test_files_and_edited_tables_of_a_person_reach_the_tools(newest_zoo: App):
    tab = newest_zoo.tab(says="Zoo")
    tab.locator('input[type="file"]').first.set_input_files(
        [{"name": "a.csv", "mimeType": "text/csv", "buffer": b"a,b"}]
    )
    expect(tab.get_by_text("files: [('a.csv', b'a,b')]")).to_be_visible()
    page = newest_zoo.tools("app_view")
    assert "('a.csv', b'a,b')" in page["view"]
    held = {one["key"]: one["value"] for one in page["actions"]}
    assert held["files"] == ["a.csv"]
    page = newest_zoo.tools("app_act", set={"editor": {"edited_rows": {"0": {"n": 7}}}})
    assert "'n': [7, 1, 2]" in page["view"]
    expect(tab.get_by_text("'n': [7, 1, 2]")).to_be_visible()
    tab.get_by_text("Lamp").click()
    expect(tab.get_by_text("('toggle', 'False')")).to_be_visible()
    expect(tab.get_by_text("'n': [7, 1, 2]")).to_be_visible()
    expect(tab.get_by_text("files: [('a.csv', b'a,b')]")).to_be_visible()


def test_a_chats_answer_is_streamed_to_both_and_neither_cuts_the_other_off(chat: App):
    tab = chat.tab()
    expect(tab.get_by_test_id("stChatInputTextArea")).to_be_visible()
    asked = chat.tools.begin("app_chat", text="from a tool")
    expect(tab.get_by_text("word2")).to_be_visible()
    send(tab, "from a person")
    answered = asked.result()
    assert answered["status"] == "ready"
    assert "word11" in answered["view"]
    expect(tab.get_by_text("word11")).to_have_count(2)
    page = chat.tools("app_view")
    assert page["view"].count("word11") == 2
    assert page["view"].index("from a tool") < page["view"].index("from a person")


def test_the_stop_button_stops_the_tools_run_at_once(newest_zoo: App):
    tab = newest_zoo.tab(says="Zoo")
    clicked = newest_zoo.tools.begin("app_act", click="long")
    expect(tab.get_by_text("step 3", exact=True)).to_be_visible()
    tab.get_by_role("button", name="Stop").click()
    page = clicked.result()
    assert "step 199" not in page["view"]
    assert page["status"] in ("ready", "interrupted")


def test_the_page_outlives_its_tab(chat: App):
    tab = chat.tab()
    send(tab, "remember me")
    expect(tab.get_by_text("word11")).to_be_visible()
    tab.close()
    eventually(lambda: chat.tools("app_view")["humans_watching"] == 0, "the tab is gone")
    again = chat.tab()
    expect(again.get_by_text("remember me")).to_be_visible()
    assert "remember me" in chat.tools("app_view")["view"]
