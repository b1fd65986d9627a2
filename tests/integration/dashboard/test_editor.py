"""The scenario editor as a browser without JavaScript uses it."""

import html
import re
from typing import Any

import httpx
import pytest

from tests.support.chat_backend import all_events

TEA: dict[str, Any] = {
    "name": "tea",
    "title": "Tea",
    "system_prompt": "You know tea.",
    "icon": "🍵",
}


def wrongs(page: httpx.Response) -> dict[str, str]:
    """What the page says at which field."""
    found = re.findall(r'<p class="wrong" id="wrong-([^"]+)"[^>]*>([^<]+)</p>', page.text)
    return {name: html.unescape(text) for name, text in found}


async def saved(web: httpx.AsyncClient, path: str = "/-/new", **more: Any) -> httpx.Response:
    return await web.post(f"/scenarios{path}", data=TEA | {"do": "save"} | more)


async def test_a_scenario_is_made_and_can_be_launched(web: httpx.AsyncClient) -> None:
    page = await saved(web)
    assert (page.url.path, "Saved: version 1" in page.text) == ("/scenarios/tea", True)
    assert "Tea" in (await web.get("/scenarios")).text
    assert "Tea" in (await web.get("/")).text
    asked = {"model": "tea", "messages": [{"role": "user", "content": "[[say=system]]"}]}
    answer = (await web.post("/v1/chat/completions", json=asked)).json()
    assert answer["choices"][0]["message"]["content"] == "You know tea."


async def test_a_file_is_read_only_and_its_copy_is_not(web: httpx.AsyncClient) -> None:
    page = await web.get("/scenarios/helpdesk")
    assert "<form" not in page.text
    assert "system_prompt: You help with {{ device }}" in html.unescape(page.text)
    copy = await web.get("/scenarios/-/new?like=helpdesk")
    assert 'value="helpdesk-copy"' in copy.text
    assert 'name="inputs.1.key"' in copy.text
    assert (await saved(web, "/helpdesk", name="helpdesk")).status_code == 404


async def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_lost(
    web: httpx.AsyncClient,
) -> None:
    page = await saved(web, name="Tea!", temperature="5", greeting="<b>Hello</b>")
    assert page.status_code == 422
    assert set(wrongs(page)) == {"name", "temperature"}
    assert "&lt;b&gt;Hello&lt;/b&gt;</textarea>" in page.text
    taken = await saved(web, name="helpdesk")
    assert (taken.status_code, set(wrongs(taken))) == (409, {"name"})
    command = await saved(web, tools='{"name": "x", "command": "sh"}')
    assert wrongs(command) == {"tools": "A command runs code: it has to be in a file."}


async def test_inputs_are_added_filled_in_and_removed(web: httpx.AsyncClient) -> None:
    page = await saved(web, do="add-input")
    assert page.text.count('class="input"') == 1
    row = {"inputs.0.key": "kind", "inputs.0.label": "Kind", "inputs.0.type": "text"}
    assert (await saved(web, do="add-input", **row)).text.count('class="input"') == 2
    assert 'class="input"' not in (await saved(web, do="remove-input-0", **row)).text
    await saved(web, **row)
    assert (await web.get("/v1/scenarios/tea")).json()["inputs"][0]["key"] == "kind"


async def test_versions_show_what_changed_and_lead_back(web: httpx.AsyncClient) -> None:
    await saved(web)
    await saved(web, "/tea", title="Teas", based_on="1")
    late = await saved(web, "/tea", title="Late", based_on="1")
    assert (late.status_code, "meanwhile" in wrongs(late)["form"]) == (409, True)
    assert 'name="based_on" value="2"' in late.text
    page = await web.get("/scenarios/tea/versions")
    assert "<del>title: Tea</del>" in page.text
    assert "<ins>title: Teas</ins>" in page.text
    page = await web.post("/scenarios/tea/restore", data={"version": "1"})
    assert "Version 3" in page.text
    assert (await web.get("/v1/scenarios/tea")).json()["title"] == "Tea"
    await web.post("/scenarios/tea/delete")
    assert (await web.get("/scenarios/tea")).status_code == 404


async def test_versions_are_compared_by_their_answers(web: httpx.AsyncClient) -> None:
    await saved(web)
    await saved(web, "/tea", system_prompt="You know teas.", based_on="1")
    versions = (await web.get("/scenarios/tea/versions")).text
    assert "/compare?scenario=tea@1&amp;scenario=tea" in versions
    form = await web.get("/compare?scenario=tea@1&scenario=tea")
    assert '<option value="tea@1" selected>' in form.text
    sent = {"input": "[[say=system]]", "scenario": ["tea@1", "tea", "tea@9"], "model": ["", "", ""]}
    assert "Version 9 of tea is not kept." in (await web.post("/compare", data=sent)).text
    sent["scenario"] = ["tea@1", "tea"]
    page = await web.post("/compare", data=sent)
    told = (await all_events(web, "GET", f"{page.url.path}/live"))[-1].json()["html"]
    assert re.findall(r"<p>(You know teas?.)</p>", told) == ["You know tea.", "You know teas."]
    voted = (await web.post(f"{page.url.path}/vote", data={"column": "1"})).text
    assert re.findall(r"<small>version (\d)</small>", voted) == ["2", "1"]


async def test_the_file_is_taken_along(web: httpx.AsyncClient) -> None:
    await saved(web)
    file = await web.get("/scenarios/tea/export")
    assert file.text == "name: tea\ntitle: Tea\nicon: 🍵\nsystem_prompt: You know tea.\n"


async def test_a_draft_is_tried_without_being_saved(web: httpx.AsyncClient) -> None:
    page = await saved(web, do="preview", question="[[say=system]]")
    assert re.search(r'<div class="answer prose"[^>]*><p>You know tea.</p>', page.text)
    assert "/vote" not in page.text
    assert (await web.get("/v1/scenarios/tea")).status_code == 404
    assert "[[say=system]]" not in (await web.get("/compare")).text
    assert wrongs(await saved(web, do="preview", question=" ")) == {"question": "Ask something."}


@pytest.mark.parametrize("do", ["check", "preview"])
async def test_htmx_is_told_what_is_wrong_field_by_field(web: httpx.AsyncClient, do: str) -> None:
    form = {"do": do, "title": "x" * 81, "question": "hi"}
    page = await web.post("/scenarios/-/new", data=form, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert "<html" not in page.text
    assert wrongs(page)["title"] == "At most 80 characters."
    assert ("name" in wrongs(page)) is (do == "preview")
