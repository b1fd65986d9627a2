"""A session's page: accessible in both colour schemes, and in words where things go wrong."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.accessibility import Violation, violations
from tests.support.page_backend import TOKEN, PageBackend, page_backend
from tests.support.page_conversation import SCENARIO
from tests.support.page_tab import message_box, send
from tests.support.streamlit_page import streamlit_page
from tests.support.streamlit_server import StreamlitServer

pytestmark = pytest.mark.needs("streamlit", "browser")

STREAMLITS_OWN = {("presentation-role-conflict", 'data-testid="stFileUploaderDropzone"')}
"""What we cannot mend: Streamlit marks the place for files as decoration and names it all the same.
The button within is named and reached by keyboard."""

ANSWER = """Some **words** and `code` [1]

```python
import os  # hello
print("a", 1, os.sep, True)
```

| a | b |
|---|---|
| 1 | [there](http://127.0.0.1:9/) |
"""
CALL = {"id": "b", "name": "vector_search", "args": {"query": "<i>rent</i>"}, "ms": 84}
SOURCE = {"n": 1, "doc_id": "d", "name": "a.pdf", "chunk": 0, "place": {"page": 3}, "text": "Rent."}
STALLED = {"code": "model_unavailable", "detail": "The language model stalled."}
DOCUMENTS = [
    {"id": "d", "name": "a.pdf", "status": "ready", "chunks": 3, "bytes": 3000},
    {"id": "e", "name": "b.pdf", "status": "failed", "error": {"detail": "It is locked."}},
]


class Walk:
    """What is found in a tab, step by step."""

    def __init__(self, tab: Page) -> None:
        self.tab = tab
        self.found: list[Violation] = []
        self.wide: list[str] = []

    def look(self, title: str) -> None:
        expect(self.tab).to_have_title(title)
        self.found += violations(self.tab)
        if self.tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.wide.append(title)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 360)])
def test_a_page_is_accessible_in_whatever_state_and_its_title_tells_it(
    backend: PageBackend, served: StreamlitServer, context: BrowserContext, scheme: Any, width: int
) -> None:
    backend.scenario = {**SCENARIO, "layout": "top", "uploads": True}
    backend.documents = DOCUMENTS
    backend.hang_up()
    tab = context.new_page()
    hosts = set[str]()
    tab.on("request", lambda asked: hosts.add(urlsplit(asked.url).netloc))
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.goto(served.url)
    expect(message_box(tab)).to_be_enabled()
    walk = Walk(tab)
    walk.look("Technical Support")
    backend.begin("What now?", door="mcp")
    backend.tool("tool_start", id="a", name="doc_get", args={"doc_id": "lost"})
    backend.say(ANSWER)
    expect(tab.get_by_text("running…")).to_be_visible()
    walk.look("Answering… · Technical Support")
    failed = {**CALL, "id": "c", "error": "No such document."}
    backend.end(tool_calls=[{**CALL, "result": "one"}, failed], citations=[SOURCE])
    expect(tab.locator(".calls details")).to_have_count(2)
    for fold in tab.locator(":is(.calls, .sources) summary").all():
        fold.click()
    backend.begin("And now?")
    backend.end("failed", STALLED)
    expect(tab.get_by_text("There is no reply to this.")).to_be_visible()
    backend.refusal = (422, {"code": "invalid_request", "detail": "That is too odd."})
    send(tab, "odd")
    expect(tab.get_by_text("That is too odd.")).to_be_visible()
    walk.look("Technical Support")
    backend.refusal = None
    tab.get_by_role("button", name="Close").click()
    expect(message_box(tab)).to_be_enabled()
    backend.change_session(status="stopped", end_reason="user")
    expect(message_box(tab)).to_be_disabled()
    walk.look("Ended · Technical Support")
    tab.close()
    assert walk.wide == []
    assert hosts == {urlsplit(served.url).netloc}
    known = {(v, own) for v in walk.found for own in STREAMLITS_OWN if _is(v, own)}
    assert [v for v in walk.found if v not in {violation for violation, _ in known}] == []
    assert {own for _, own in known} == STREAMLITS_OWN, "what is mended there needs no exception"


def _is(violation: Violation, own: tuple[str, str]) -> bool:
    return violation.rule == own[0] and own[1] in violation.html.partition(">")[0]


def test_what_was_edited_or_broken_elsewhere_costs_its_own_place_and_no_more(
    context: BrowserContext, tmp_path: Path
) -> None:
    """A scenario that was edited under a session, a log and a list of models that hold rubbish."""
    asked = list[str]()
    with page_backend() as backend:
        _fill_with_rubbish(backend)
        with streamlit_page(tmp_path, chat_url=backend.url, token=TOKEN) as served:
            tab = context.new_page()
            tab.on("request", lambda request: asked.append(request.url))
            tab.goto(served.url)
            expect(message_box(tab)).to_be_enabled()
            expect(tab.get_by_text("Nothing has been said here yet.")).to_be_visible()
            expect(tab.get_by_text("The input “Narrow” cannot be shown.")).to_be_visible()
            expect(tab.get_by_text("The choice of a model cannot be shown.")).to_be_visible()
            expect(tab.get_by_label("Steps at once")).to_have_value("3")
            backend.begin("What now?")
            backend.messages.append(
                {"id": "odd", "role": "assistant", "turn": "lost", "content": 7}
            )
            backend.entries.append(("9999-1", "token", {"piece": "no text"}))
            backend.say("All the same.")
            backend.end()
            expect(tab.get_by_text("All the same.")).to_be_visible()
            backend.hang_up()
            expect(tab.get_by_text("This message cannot be shown.")).to_be_visible()
            backend.answer = ["It goes on."]
            send(tab, "Does it?")
            expect(tab.get_by_text("It goes on.")).to_be_visible()
            expect(tab.get_by_test_id("stException")).to_have_count(0)
            tab.close()
    assert not [url for url in asked if ":9/" in url]


def _fill_with_rubbish(backend: PageBackend) -> None:
    narrow = {"key": "narrow", "label": "Narrow", "type": "slider", "min": 2, "max": 2}
    backend.scenario = {
        **SCENARIO,
        "icon": "http://127.0.0.1:9/icon.png",
        "starters": [],
        "greeting": "",
        "inputs": [*SCENARIO["inputs"], narrow],
    }
    wrong: dict[str, Any] = {
        "product": None,
        "level": 5,
        "steps": "many",
        "calm": 7,
        "links": "yes",
        "log": [],
    }
    backend.session["inputs"] = wrong
    backend.models = [{"usable": True}]
