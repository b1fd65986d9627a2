"""The compare page as a browser without JavaScript uses it: forms, pages, files."""

import csv
import io
import re
from typing import Any

import httpx
import pytest

from tests.support.chat_backend import all_events, events
from tests.support.waiting import wait_until

TWO = {"scenario": ["helpdesk", "parrot", ""], "model": ["", "openai:other", ""]}


async def answered(web: httpx.AsyncClient, words: str, **asked: Any) -> httpx.Response:
    """The page of a run once all have answered."""
    answer = await web.post("/compare", data={"input": words, **TWO, **asked})
    assert answer.status_code == 200, answer.text
    path = answer.url.path

    async def finished() -> bool:
        nonlocal answer
        answer = await web.get(path)
        return "All have answered." in answer.text

    await wait_until(finished, "all have answered")
    return answer


async def test_a_question_is_put_to_all_and_their_answers_stay(web: httpx.AsyncClient) -> None:
    page = await answered(web, "[[say=system]]")
    assert "You help with router for ." in page.text
    assert "You repeat &lt;b&gt;everything&lt;/b&gt;." in page.text
    assert "openai:other" in page.text
    assert "http-equiv" not in page.text
    assert page.url.path in (await web.get("/compare")).text


async def test_a_page_without_script_loads_itself_again_until_all_is_said(
    web: httpx.AsyncClient,
) -> None:
    page = await web.post("/compare", data={"input": "[[first_ms=3000]]", **TWO})
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page.text
    assert "0 of 2 have answered." in page.text


async def test_figures_stand_under_each_answer(web: httpx.AsyncClient) -> None:
    page = await answered(web, "[[tokens=20 pace_ms=5]]")
    assert len(re.findall(r"<dt>First token</dt><dd>\d+ ms</dd>", page.text)) == 2
    assert len(re.findall(r"<dt>Length</dt><dd>20 (tokens|words)</dd>", page.text)) == 2


async def test_a_column_that_fails_says_why_beside_the_others(web: httpx.AsyncClient) -> None:
    page = await answered(
        web, "[[tokens=3]]", scenario=["helpdesk", "parrot"], model=["openai:[[status=401]]", ""]
    )
    assert "w0 w1 w2" in page.text
    assert '<p class="wrong">' in page.text


async def test_votes_are_counted_and_can_be_changed(web: httpx.AsyncClient) -> None:
    page = await answered(web, "[[tokens=2]]")
    for column in ("0", "1"):
        page = await web.post(f"{page.url.path}/vote", data={"column": column})
    assert page.text.count("★ Voted better") == 1
    rows = re.findall(r'<td data-label="Votes">(\d)</td>', page.text)
    assert rows == ["1", "0"]
    assert (await web.post(f"{page.url.path}/vote", data={"column": "2"})).status_code == 404


async def test_runs_are_taken_along_as_json_and_csv(web: httpx.AsyncClient) -> None:
    await answered(web, "=1+1 [[say=last]]")
    whole = (await web.get("/compare/export")).json()
    assert [one["scenario"] for one in whole["runs"][0]["answers"]] == ["helpdesk", "parrot"]
    found = await web.get(
        "/compare/export", params={"format": "csv", "run": whole["runs"][0]["run"]}
    )
    lines = list(csv.DictReader(io.StringIO(found.text)))
    assert [line["question"] for line in lines] == ["'=1+1 [[say=last]]"] * 2
    assert all(int(line["first_token_ms"]) >= 0 for line in lines)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"input": " ", "scenario": ["helpdesk"]}, "Ask something."),
        ({"input": "hi", "scenario": ["", ""]}, "Choose at least one scenario"),
        ({"input": "hi", "scenario": ["nosuch"]}, "There is no scenario"),
        ({"input": "hi", "scenario": ["helpdesk"], "model": ["a b"]}, "A model is one word"),
    ],
)
async def test_what_cannot_be_asked_is_said_at_the_form(
    web: httpx.AsyncClient, asked: dict[str, Any], said: str
) -> None:
    page = await web.post("/compare", data=asked)
    assert page.status_code == 422
    assert said in page.text
    assert '<form class="panel' in page.text


async def test_a_run_that_is_not_kept_is_a_page_that_says_so(web: httpx.AsyncClient) -> None:
    for path in ("/compare/run-000000000000", "/compare/run-000000000000/live"):
        page = await web.get(path)
        assert (page.status_code, "Comparison not found" in page.text) == (404, True)


async def test_who_comes_back_is_told_all_from_the_start(web: httpx.AsyncClient) -> None:
    asked = {"input": "[[tokens=30 pace_ms=10]]", **TWO}
    path = (await web.post("/compare", data=asked)).url.path
    async with events(web, "GET", f"{path}/live") as stream:
        first = [await anext(stream) for _ in range(4)]
    assert first[0].kind == "start"
    again = await all_events(web, "GET", f"{path}/live")
    assert [again[0].kind, again[-1].kind] == ["start", "finished"]
    for column in (0, 1):
        told = [e.json() for e in again if e.kind == "token"]
        words = "".join(one["text"] for one in told if one["column"] == column)
        assert words == " ".join(f"w{n}" for n in range(30))
    assert again[-1].json()["status"] == "All have answered."
