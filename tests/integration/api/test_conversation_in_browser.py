"""A conversation's page of the dashboard in a real browser, with a real chat backend behind it."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.dashboard import dashboard_with_a_model

pytestmark = pytest.mark.needs("redis", "browser")

HELPDESK = """\
name: helpdesk
title: Helpdesk
summary: Helps
system_prompt: Help.
greeting: What is broken?
starters: ["It beeps [[say=last]]"]
"""


@pytest.fixture(scope="module")
def address(redis_server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One dashboard for all tests of this file."""
    folder = tmp_path_factory.mktemp("scenarios")
    (folder / "helpdesk.yaml").write_text(HELPDESK)
    with dashboard_with_a_model(redis_server_url, folder) as running:
        yield running


@pytest.fixture(scope="module")
def http(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture
def session_id(http: httpx.Client) -> str:
    return http.post("/v1/sessions?wait=20", json={"scenario": "helpdesk"}).json()["id"]


@pytest.fixture
def tab(browser: Browser, address: str, session_id: str) -> Iterator[Page]:
    """The session's page. A test fails of any error or breach of the page's policy in it."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/sessions/{session_id}")
    yield page
    context.close()
    assert complaints == []


def ask(http: httpx.Client, session_id: str, text: str) -> None:
    """A question by REST, answered whole."""
    answer = http.post("/v1/chat", json={"session_id": session_id, "input": text})
    assert answer.is_success, answer.text


def test_what_is_sent_is_answered_word_by_word_in_every_browser_and_can_be_stopped(
    tab: Page, http: httpx.Client, session_id: str
):
    other = tab.context.new_page()
    other.goto(tab.url)
    tab.get_by_label("Message").fill("Tell me [[tokens=3000 pace_ms=10]]")
    tab.get_by_label("Message").press("Enter")
    reply = tab.locator(".reply")
    expect(reply).to_contain_text("w5")
    expect(reply).to_have_attribute("aria-busy", "true")
    expect(tab.get_by_label("Message")).to_have_value("")
    tab.get_by_role("button", name="Stop", exact=True).last.click()
    expect(reply).to_contain_text("Stopped.")
    expect(other.locator(".reply")).to_contain_text("Stopped.")
    expect(other.locator(".reply .prose")).to_have_text(reply.locator(".prose").inner_text())
    expect(tab.locator(".ask .door")).to_have_text("page")
    expect(tab.get_by_role("button", name="Send")).to_be_visible()
    items = http.get(f"/v1/sessions/{session_id}/messages").json()["items"]
    assert [(m["door"], m["status"]) for m in items] == [
        ("page", "complete"),
        ("page", "cancelled"),
    ]


def test_a_conversation_begins_with_a_greeting_and_a_click(tab: Page):
    expect(tab.get_by_text("What is broken?")).to_be_visible()
    tab.get_by_role("button", name="It beeps").click()
    expect(tab.locator(".reply .prose")).to_have_text("It beeps")
    expect(tab.get_by_text("What is broken?")).to_be_hidden()


def test_what_others_say_appears_by_itself_with_its_door(
    tab: Page, http: httpx.Client, session_id: str
):
    ask(http, session_id, "By REST [[say=last]]")
    expect(tab.locator(".ask .door")).to_have_text("REST")
    expect(tab.locator(".reply .prose")).to_have_text("By REST")
    http.patch(f"/v1/sessions/{session_id}", json={"title": "Another name"})
    expect(tab.get_by_role("heading", level=1)).to_contain_text("Another name")
    expect(tab).to_have_title(re.compile("Ready · Another name"))
    http.delete(f"/v1/sessions/{session_id}")
    expect(tab).to_have_title(re.compile("Stopped"))
    expect(tab.locator("#about")).to_contain_text("Stopped by you")
    expect(tab.get_by_label("Message")).to_be_hidden()


def test_hostile_markdown_of_a_hundred_kilobytes_does_nothing(
    tab: Page, http: httpx.Client, session_id: str
):
    attack = (
        "<script>window.bad=1</script> <img src=x onerror='window.bad=1'> **bold** "
        "[a](javascript:window.bad=1) ![b](http://127.0.0.1:9/b.png) "
        '<div hx-get="/v1/sessions" hx-trigger="load">x</div>\n\n'
    )
    asked_for: list[str] = []
    tab.on("request", lambda request: asked_for.append(request.url))
    ask(http, session_id, attack * (100_000 // len(attack)) + "the end [[say=last]]")
    prose = tab.locator(".reply .prose")
    expect(prose).to_contain_text("the end")
    expect(prose.get_by_text("bold", exact=True).first).to_be_attached()
    for dangerous in ("script", "img", "[hx-get]", "[onerror]", "a[href^='javascript']"):
        expect(prose.locator(dangerous)).to_have_count(0)
    assert tab.evaluate("window.bad") is None
    assert [url for url in asked_for if ":9/" in url or url.endswith("/v1/sessions")] == []


def test_the_page_is_whole_without_scripts(
    browser: Browser, address: str, http: httpx.Client, session_id: str
):
    ask(http, session_id, "Before [[say=last]]")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/sessions/{session_id}")
    expect(page.locator(".prose")).to_have_text("Before")
    page.get_by_label("Message").fill("Slowly [[tokens=2000 pace_ms=10]]")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".ask").last).to_contain_text("Slowly")
    page.get_by_label("Message").fill("Too early")
    page.locator("#text").evaluate("e => e.form.submit()")
    expect(page.get_by_role("alert")).to_contain_text("running")
    expect(page.get_by_label("Message")).to_have_value("Too early")
    page.get_by_role("button", name="Stop", exact=True).last.click()
    expect(page.locator(".reply").last).to_contain_text("Stopped.")
    context.close()


def test_the_texts_to_paste_name_this_session(tab: Page, session_id: str):
    for key in ("claude-desktop", "vscode", "cursor"):
        text = tab.locator(f"#way-{key}").text_content() or ""
        assert f"/mcp/sessions/{session_id}" in json.dumps(json.loads(text))
    expect(tab.locator("#way-claude-code")).to_contain_text("claude mcp add --transport http")
    expect(tab.locator("#way-rest")).to_contain_text(session_id)
