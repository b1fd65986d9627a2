"""A session's page in a real Streamlit server and a real browser, against a double backend."""

import json
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.page_backend import TOKEN, PageBackend
from tests.support.page_conversation import SCENARIO
from tests.support.page_tab import eventually, message_box, send, stop_button
from tests.support.streamlit_page import streamlit_page

pytestmark = pytest.mark.needs("streamlit", "browser")


def test_the_page_greets_in_the_scenarios_words_and_a_starter_begins(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    tab = open_tab()
    expect(tab.get_by_role("heading", name="Technical Support")).to_be_visible()
    expect(tab.get_by_text("what is not working")).to_be_visible()
    assert tab.title() == "Technical Support"
    tab.get_by_role("button", name=SCENARIO["starters"][1]).click()
    expect(tab.get_by_text("Have you tried turning it off and on?")).to_be_visible()
    expect(tab.get_by_text("what is not working")).to_have_count(0)
    assert backend.messages[0]["content"] == SCENARIO["starters"][1]


def test_a_typed_question_is_answered_token_by_token_and_survives_a_reload(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    backend.answer, backend.pace_s = [f"w{n} " for n in range(20)], 0.05
    tab = open_tab()
    send(tab, "First line\n# no heading, <b>no tag</b>, $5")
    expect(tab.get_by_text("w3")).to_be_visible()
    expect(tab.get_by_text("w19")).to_have_count(0)
    expect(stop_button(tab)).to_be_visible()
    expect(tab.get_by_text("w19")).to_be_visible()
    expect(stop_button(tab)).to_have_count(0)
    tab.reload()
    expect(tab.get_by_text("w19")).to_be_visible()
    expect(tab.get_by_text("# no heading, <b>no tag</b>, $5")).to_be_visible()
    expect(tab.get_by_test_id("stChatMessage")).to_have_count(2)


def test_the_newest_text_stays_in_sight(backend: PageBackend, open_tab: Callable[[], Page]) -> None:
    backend.begin("earlier", door="page")
    backend.say("much\n\n" * 40)
    backend.end()
    backend.answer = [f"line-{n}-\n\n" for n in range(50)]
    tab = open_tab()
    send(tab, "Go on")
    expect(tab.get_by_text("line-49-")).to_be_in_viewport()


def test_stop_ends_the_reply_and_keeps_what_was_said(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    backend.answer, backend.pace_s = [f"w{n} " for n in range(500)], 0.03
    tab = open_tab()
    send(tab, "Tell me everything")
    expect(tab.get_by_text("w3")).to_be_visible()
    stop_button(tab).click()
    expect(tab.get_by_text("Stopped.")).to_be_visible()
    expect(tab.get_by_text("w3")).to_be_visible()
    expect(stop_button(tab)).to_have_count(0)
    assert backend.messages[-1]["status"] == "cancelled"
    send(tab, "And now?")
    expect(tab.get_by_text("And now?")).to_be_visible()


def test_a_turn_of_another_door_appears_by_itself(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    tab = open_tab()
    backend.begin("asked elsewhere", door="rest")
    expect(tab.get_by_text("asked elsewhere")).to_be_visible()
    expect(stop_button(tab)).to_be_visible()
    backend.say("said elsewhere")
    expect(tab.get_by_text("said elsewhere")).to_be_visible()
    backend.end()
    expect(stop_button(tab)).to_have_count(0)
    expect(tab.get_by_text("via REST").first).to_be_visible()


def test_two_tabs_show_the_same(backend: PageBackend, open_tab: Callable[[], Page]) -> None:
    backend.answer, backend.pace_s = ["same ", "words ", "here"], 0.05
    one, other = open_tab(), open_tab()
    send(one, "Who reads this?")
    for tab in (one, other):
        expect(tab.get_by_text("same words here")).to_be_visible()
        expect(tab.get_by_test_id("stChatMessage")).to_have_count(2)
    one.get_by_label("Product").fill("Phone")
    one.get_by_label("Product").press("Enter")
    expect(other.get_by_label("Product")).to_have_value("Phone")
    eventually(
        lambda: any(saved["product"] == "Phone" for saved in backend.saved_inputs),
        "the edit is saved",
    )
    # The page's process goes on after this test: once a tab that is loaded afterwards shows the
    # edit, it has heard that it is saved, and does not save it again in the next test.
    one.reload()
    expect(one.get_by_label("Product")).to_have_value("Phone")


def test_every_kind_of_input_is_saved(backend: PageBackend, open_tab: Callable[[], Page]) -> None:
    """At a person's pace: each edit is saved before the next one begins.

    Streamlit 1.67 can drop an edit when another one arrives while it takes over the first
    (test_quick_edits holds what of that is ours to prevent).
    """
    tab = open_tab()

    def saved(key: str, value: object) -> None:
        eventually(lambda: backend.session["inputs"].get(key) == value, f"{key} is saved")

    tab.get_by_label("Notes").fill("two\nlines")
    tab.get_by_label("Notes").press("Control+Enter")
    saved("notes", "two\nlines")
    tab.get_by_label("Log or code").fill("if x:\n    y()")
    tab.get_by_label("Log or code").press("Control+Enter")
    saved("log", "if x:\n    y()")
    tab.get_by_label("Steps at once").fill("5")
    tab.get_by_label("Steps at once").press("Enter")
    saved("steps", 5)
    tab.get_by_text("Name sources").click()
    saved("links", False)
    tab.get_by_role("slider").press("ArrowRight")
    saved("calm", pytest.approx(0.1))
    tab.get_by_label("Your experience").click()
    tab.get_by_role("option", name="Expert").click()
    saved("level", "Expert")
    assert backend.session["inputs"]["product"] == "Laptop"
    tab.reload()
    expect(tab.get_by_label("Notes")).to_have_value("two\nlines")


def test_the_page_says_when_the_backend_is_away_and_comes_back_by_itself(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    backend.answer = ["Here ", "again."]
    tab = open_tab()
    message_box(tab).fill("a draft")
    backend.stop()
    expect(tab.get_by_text("The chat service cannot be reached just now.")).to_be_visible()
    expect(tab).to_have_title("Not connected · Technical Support")
    expect(message_box(tab)).to_have_value("a draft")
    message_box(tab).press("Enter")
    expect(tab.get_by_text("This will be sent by itself")).to_be_visible()
    tab.reload()
    expect(tab.get_by_text("a draft")).to_be_visible()
    backend.start()
    expect(tab.get_by_text("Here again.")).to_be_visible()
    expect(tab.get_by_text("cannot be reached")).to_have_count(0)
    assert [m["content"] for m in backend.messages] == ["a draft", "Here again."]


def test_a_page_that_starts_before_the_backend_fills_itself_and_one_whose_process_ends_says_so(
    backend: PageBackend, context: BrowserContext, tmp_path: Path
) -> None:
    words = "() => getComputedStyle(document.querySelector('.stApp'), '::after').content"
    backend.stop()
    with streamlit_page(tmp_path, chat_url=backend.url, token=TOKEN) as served:
        tab = context.new_page()
        tab.goto(served.url)
        expect(tab.get_by_text("The chat service cannot be reached just now.")).to_be_visible()
        backend.start()
        expect(tab.get_by_text("what is not working")).to_be_visible()
        expect(message_box(tab)).to_be_enabled()
        assert tab.evaluate(words) == "none"
    eventually(lambda: "has lost its session" in tab.evaluate(words), "the browser says so")
    its_own = tab.get_by_text("Connection error")
    expect(its_own).to_have_count(1)
    expect(its_own).to_be_hidden()
    tab.close()


def test_an_ended_session_says_so_and_takes_no_message(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    tab = open_tab()
    backend.begin("before the end")
    backend.say("a reply")
    backend.end()
    backend.change_session(status="stopped", end_reason="user")
    expect(tab.get_by_text("This session has ended.")).to_be_visible()
    expect(message_box(tab)).to_be_disabled()
    expect(tab.get_by_text("a reply")).to_be_visible()


def test_a_reply_that_did_not_end_well_keeps_its_text_and_says_so(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    tab = open_tab()
    backend.model_note = "A small demonstration model."
    problem = {"code": "model_unavailable", "detail": "The language model stalled."}
    for status, error in (("failed", problem), ("interrupted", None)):
        backend.begin(f"ask {status}")
        backend.say(f"half of {status}")
        backend.end(status, error)
        expect(tab.get_by_text(f"half of {status}")).to_be_visible()
    backend.begin("nothing comes")
    backend.end("failed", problem)
    expect(tab.get_by_text("This reply could not be finished.")).to_be_visible()
    expect(tab.get_by_text(re.compile("There is no reply to this. The language"))).to_be_visible()
    expect(tab.get_by_text("Interrupted: the chat service was restarted")).to_be_visible()


def test_text_of_a_model_brings_no_tags_scripts_or_pictures(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    tab = open_tab()
    asked_for: list[str] = []
    tab.on("request", lambda request: asked_for.append(request.url))
    backend.begin("x", door="mcp")
    backend.say("<script>window.bad=1</script><img src=http://127.0.0.1:9/a.png onerror=bad()>")
    backend.say("\n\n![p](http://127.0.0.1:9/b.png) **bold**")
    backend.end()
    expect(tab.get_by_text("bold", exact=True)).to_be_visible()
    expect(tab.get_by_text("via MCP")).to_be_visible()
    expect(tab.get_by_test_id("stChatMessage").locator("img, script")).to_have_count(0)
    assert not [url for url in asked_for if ":9/" in url]
    assert tab.evaluate("window.bad") is None


def test_a_page_without_its_settings_says_so_in_words(
    tmp_path: Path, context: BrowserContext
) -> None:
    with streamlit_page(tmp_path, chat_url="", token="") as served:
        tab = context.new_page()
        tab.goto(served.url)
        expect(tab.get_by_text("This page was not started by Chat Playground.")).to_be_visible()
        expect(tab.get_by_test_id("stException")).to_have_count(0)
        tab.close()


def test_closed_tabs_leave_nothing_and_nothing_heavy_is_imported(
    backend: PageBackend, open_tab: Callable[[], Page], unused_port: int
) -> None:
    def probe() -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{unused_port}", timeout=5) as answer:
            return json.load(answer)

    for n in range(2):
        tab = open_tab()
        send(tab, f"question {n}")
        expect(tab.get_by_text("off").nth(n)).to_be_visible()
        backend.begin(f"long {n}")
        expect(stop_button(tab)).to_be_visible()
        tab.close()
        backend.end()
    eventually(lambda: probe()["tabs"] == 0, "closed tabs are forgotten")
    eventually(
        lambda: "ScriptRunner.scriptThread" not in probe()["threads"], "their runs have ended"
    )
    left = probe()
    assert left["heavy"] == []
    assert left["threads"].count("feed") == 1
    assert not [name for name in left["threads"] if name.startswith("outbox")]
