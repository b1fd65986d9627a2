"""Tools, sources, documents and second thoughts on a session's page, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.page_backend import EXPORT, PageBackend
from tests.support.page_conversation import SCENARIO
from tests.support.page_tab import eventually, message_box, stop_button

pytestmark = pytest.mark.needs("streamlit", "browser")

PLACE = {"page": 3, "heading": "Rent > Payment"}
CITED = "The rent is due on the third <b>working</b> day."


def test_tools_are_shown_as_they_run_and_what_an_answer_cites_opens(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    tab = open_tab()
    backend.begin("When is the rent due?", door="ws")
    backend.tool("tool_start", id="a", name="doc_get", args={"doc_id": "lost"})
    backend.tool("tool_start", id="b", name="vector_search", args={"query": "<i>rent</i>"})
    calls = tab.locator(".call")
    expect(calls.nth(1)).to_contain_text("running…")
    backend.tool("tool_end", id="a", name="doc_get", error="No such document.", ms=1520)
    expect(calls.nth(0)).to_contain_text("failed 1.5 s")
    calls.nth(0).locator("summary").click()
    expect(tab.get_by_text("No such document.")).to_be_visible()
    backend.tool("tool_end", id="b", name="vector_search", result="one passage", ms=84)
    expect(calls.nth(1)).to_contain_text("84 ms")
    expect(tab.get_by_text("No such document.")).to_be_visible()
    backend.say("On the third working day [1], not on the first [2].")
    cited = {"n": 1, "doc_id": "d", "name": "lease.pdf", "chunk": 0, "place": PLACE, "text": CITED}
    call = {"id": "b", "name": "vector_search", "args": {"query": "<i>rent</i>"}, "ms": 84}
    backend.end(tool_calls=[{**call, "result": "one passage"}], citations=[cited])
    expect(stop_button(tab)).to_have_count(0)
    expect(calls).to_have_count(1)
    calls.locator("summary").click()
    expect(tab.get_by_text('"query": "<i>rent</i>"')).to_be_visible()
    expect(tab.get_by_text("page 3, Rent > Payment")).to_be_visible()
    expect(tab.get_by_text(CITED)).to_be_hidden()
    tab.get_by_role("link", name="[1]").click()
    expect(tab.get_by_text(CITED)).to_be_visible()
    expect(tab.get_by_role("link", name="[2]")).to_have_count(0)


def test_the_last_answer_is_given_anew_and_a_question_is_asked_differently_elsewhere(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    asked = backend.begin("Does it start?", door="page")
    backend.say("the first answer")
    backend.end()
    backend.answer = ["the second answer"]
    tab = open_tab()
    tab.get_by_role("button", name="Answer anew").click()
    expect(tab.get_by_text("the second answer")).to_be_visible()
    expect(tab.get_by_text("the first answer")).to_have_count(0)
    expect(tab.get_by_test_id("stChatMessage")).to_have_count(2)
    question = backend.messages[-2]
    assert question["replaces"] == asked
    tab.get_by_role("button", name="Edit").click()
    editor = tab.get_by_role("textbox", name="Ask differently")
    expect(editor).to_have_value("Does it start?")
    editor.fill("Does it stop?")
    tab.get_by_role("button", name="Ask in a new session").click()
    expect(tab).to_have_url(f"{backend.url}/elsewhere")
    assert backend.edited == [{"message_id": question["id"], "input": "Does it stop?"}]


def test_model_and_temperature_are_switched_and_the_conversation_is_had_as_a_file(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    tab = open_tab()
    chooser = tab.get_by_role("combobox", name="Answers come from")
    chooser.fill("openai:another")
    chooser.press("Enter")
    eventually(lambda: backend.saved == [{"model": "openai:another"}], "the model is saved")
    tab.get_by_role("spinbutton", name="Temperature").fill("0.3")
    tab.get_by_role("spinbutton", name="Temperature").press("Enter")
    eventually(lambda: backend.session.get("temperature") == 0.3, "the temperature is saved")
    links = tab.get_by_test_id("stSidebar").get_by_role("link")
    expect(links).to_have_text([re.compile("Markdown"), re.compile("JSON")])
    assert [link.get_attribute("href") for link in links.all()] == [
        f"{EXPORT}?format=markdown",
        f"{EXPORT}?format=json",
    ]


def test_a_document_is_added_followed_while_it_is_read_and_taken_away(
    backend: PageBackend, open_tab: Callable[[], Page]
) -> None:
    backend.scenario = {**SCENARIO, "uploads": True}
    backend.hang_up()
    tab = open_tab()
    file = {"name": "lease.md", "mimeType": "text/markdown", "buffer": b"# Rent"}
    tab.locator("input[type=file]").set_input_files([file])  # pyright: ignore[reportArgumentType]
    expect(tab.get_by_text("being read…")).to_be_visible()
    (document,) = backend.documents
    backend.documents = [{**document, "status": "embedding", "done": 3, "total": 12}]
    expect(tab.get_by_text("being prepared for search: 3 of 12")).to_be_visible()
    expect(tab.get_by_role("progressbar")).to_be_visible()
    backend.documents = [{**document, "status": "ready", "chunks": 12}]
    expect(tab.get_by_text("12 passages · 6 bytes")).to_be_visible()
    backend.refusal = (422, {"code": "document_unreadable", "detail": "That is no document."})
    tab.locator("input[type=file]").set_input_files([{**file, "name": "bad.exe"}])  # pyright: ignore[reportArgumentType]
    expect(tab.get_by_text("That is no document.")).to_be_visible()
    backend.refusal = None
    tab.get_by_role("button", name="Close").click()
    expect(tab.get_by_text("bad.exe")).to_have_count(0)
    tab.get_by_role("button", name="Remove").click()
    expect(tab.get_by_text("lease.md")).to_have_count(0)
    expect(message_box(tab)).to_be_enabled()
    assert backend.documents == []
