import asyncio
import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from httpx_sse import aconnect_sse

from playground.keys import Keys
from playground_api.dashboard import clicks
from tests.support.workers import WorkerThatLaunchesAtOnce, WorkerWhoseLaunchFails

HTML = {"accept": "text/html"}


async def rows(api: httpx.AsyncClient) -> list[str]:
    return re.findall(r'<tr id="(ses-\w+)"', (await api.get("/sessions", headers=HTML)).text)


async def key_of(api: httpx.AsyncClient) -> str:
    found = re.search(r'name="key" value="([^"]+)"', (await api.get("/", headers=HTML)).text)
    assert found
    return found[1]


async def test_the_front_page_has_a_button_for_each_scenario(api: httpx.AsyncClient):
    text = (await api.get("/", headers=HTML)).text
    for title in ("Technical Support", "Code Review"):
        assert title in text
    assert text.count('<button class="card"') == 2
    assert 'target="_blank"' in text
    assert "Nothing runs yet" in text
    assert "No worker is running" in text


async def test_broken_files_are_named_on_the_front_page(api: httpx.AsyncClient):
    text = (await api.get("/", headers=HTML)).text
    assert "<code>broken.yaml:3</code>" in text


async def test_what_files_and_clients_say_is_escaped(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    await api.post(
        "/v1/sessions", json={"scenario": "support", "title": "<script>alert(1)</script>"}
    )
    text = (await api.get("/", headers=HTML)).text
    assert "Helps &lt;b&gt;you&lt;/b&gt;" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>" not in text


async def test_a_page_may_load_nothing_from_elsewhere_and_run_nothing_inline(
    api: httpx.AsyncClient,
):
    answer = await api.get("/", headers=HTML)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\son\w+=|style=|<style|javascript:", answer.text)
    for address in re.findall(r'(?:src|href)="([^"#]+)"', answer.text):
        assert address.startswith("/")
        assert (await api.get(address)).status_code == 200, address


async def test_a_click_leads_to_the_session_s_page(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    form = {"scenario": "support", "key": await key_of(api)}
    answer = await api.post("/launch", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, worker.page)
    assert len(await rows(api)) == 1


async def test_a_double_click_is_one_launch(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    form = {"scenario": "support", "key": await key_of(api)}
    await asyncio.gather(*(api.post("/launch", data=form) for _ in range(3)))
    assert len(await rows(api)) == 1


async def test_a_later_click_on_the_same_page_is_another_launch(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(clicks, "DOUBLE_CLICK", timedelta(0))
    form = {"scenario": "support", "key": await key_of(api)}
    for count in (1, 2, 3):
        await api.post("/launch", data=form)
        assert len(await rows(api)) == count


async def test_another_card_of_the_same_page_is_another_launch(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    key = await key_of(api)
    for scenario in ("support", "review"):
        await api.post("/launch", data={"scenario": scenario, "key": key})
    assert len(await rows(api)) == 2


async def test_a_click_that_fails_shows_why_and_offers_another_try(
    api: httpx.AsyncClient, redis_url: str, keys: Keys
):
    key = await key_of(api)
    async with WorkerWhoseLaunchFails(redis_url, keys):
        answer = await api.post("/launch", data={"scenario": "support", "key": key}, headers=HTML)
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "ended before it was ready" in answer.text
    assert "Try again" in answer.text
    assert key not in answer.text
    listed = (await api.get("/sessions", headers=HTML)).text
    assert "Failed" in listed
    assert "ended before it was ready" in listed


@pytest.mark.parametrize(
    ("form", "status"), [({"scenario": "nope"}, 404), ({}, 422), ({"scenario": "x" * 101}, 422)]
)
async def test_a_form_that_cannot_be_is_a_page_that_says_so(
    api: httpx.AsyncClient, form: dict[str, str], status: int
):
    answer = await api.post("/launch", data=form, headers=HTML)
    assert answer.status_code == status
    assert "<h1>" in answer.text


async def test_the_stop_button_stops_and_comes_back(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    await api.post("/launch", data={"scenario": "support"})
    (session_id,) = await rows(api)
    answer = await api.post(f"/sessions/{session_id}/stop", data={"back": "/"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    text = (await api.get("/", headers=HTML)).text
    assert "Stopped by you" in text
    assert f"stop-{session_id}" not in text


async def test_the_stop_button_never_leads_to_another_site(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    await api.post("/launch", data={"scenario": "support"})
    (session_id,) = await rows(api)
    answer = await api.post(f"/sessions/{session_id}/stop", data={"back": "//evil.example"})
    assert answer.status_code == 422


async def test_htmx_stops_without_leaving_the_page(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    await api.post("/launch", data={"scenario": "support"})
    (session_id,) = await rows(api)
    answer = await api.post(f"/sessions/{session_id}/stop", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_the_open_button_leads_to_the_page_or_says_why_not(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    await api.post("/launch", data={"scenario": "support"})
    (session_id,) = await rows(api)
    address = f"/sessions/{session_id}/open"
    assert (await api.get(address, headers=HTML)).headers["location"] == worker.page
    await api.delete(f"/v1/sessions/{session_id}")
    answer = await api.get(address, headers=HTML)
    assert answer.status_code == 410
    assert "Session ended" in answer.text


async def test_rows_move_as_sessions_do(
    http_api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    old = (await http_api.post("/v1/sessions?wait=20", json={"scenario": "review"})).json()["id"]
    seen: list[str] = []
    async with asyncio.timeout(10), aconnect_sse(http_api, "GET", "/sessions/live") as source:
        async for event in source.aiter_sse():
            assert event.event == "rows"
            seen.append(event.data)
            if len(seen) == 1:
                await http_api.post("/v1/sessions?wait=20", json={"scenario": "support"})
                await http_api.patch(f"/v1/sessions/{old}", json={"title": "Renamed"})
            if "Renamed" in event.data:
                break
    assert 'id="session-rows" hx-swap-oob="true"' in seen[0]
    assert f'<tr id="{old}" class="ready">' in seen[0]
    assert 'hx-swap-oob="afterbegin:#session-rows"' in seen[1]
    assert all("afterbegin" not in text for text in seen[2:])
    assert f'<tr id="{old}" class="ready" hx-swap-oob="true">' in seen[-1]


async def test_a_session_whose_scenario_is_gone_is_still_listed(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, scenarios: Path
):
    await api.post("/v1/sessions?wait=20", json={"scenario": "support"})
    (scenarios / "support.yaml").unlink()
    assert len(await rows(api)) == 1


async def test_a_browser_gets_pages_for_failures_and_a_program_problems(api: httpx.AsyncClient):
    page = await api.get("/nowhere", headers=HTML)
    assert page.status_code == 404
    assert "To the dashboard" in page.text
    assert page.headers["x-request-id"] in page.text
    problem = await api.get("/nowhere")
    assert problem.headers["content-type"] == "application/problem+json"
    rest = await api.get("/v1/sessions/nope", headers=HTML)
    assert rest.headers["content-type"] == "application/problem+json"


async def test_a_folder_without_scenarios_says_what_to_do(api: httpx.AsyncClient, scenarios: Path):
    for file in scenarios.glob("*.yaml"):
        file.unlink()
    assert "No scenario yet" in (await api.get("/", headers=HTML)).text


@pytest.mark.parametrize("path", ["/sessions", "/static/dashboard.css"])
async def test_pages_and_files_are_packed_for_who_takes_them_so(api: httpx.AsyncClient, path: str):
    packed = await api.get(path, headers=HTML)
    plain = await api.get(path, headers=HTML | {"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
