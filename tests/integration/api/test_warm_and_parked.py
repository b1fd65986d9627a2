"""Sessions on pages that waited, parked ones and those that wait, as REST shows them."""

import re

import httpx
import pytest

from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.jobs import BOUND, LAUNCH, PARK
from playground.sessions.model import Status
from playground.sessions.queueing import Queueing
from playground_api.routes import pages as pages_route
from tests.support.waiting import wait_until
from tests.support.waiting_pages import PagesOut, address_of
from tests.support.workers import (
    WorkerThatLaunchesAtOnce,
    WorkerThatNeverAnswers,
    WorkerThatWaitsForAWord,
)

SUPPORT = {"scenario": "support"}


class WorkerThatNeverParks(WorkerThatLaunchesAtOnce):
    async def park(self, session_id: str) -> None:
        """Nothing."""


@pytest.fixture
def pages(redis: Redis, keys: Keys) -> PagesOut:
    return PagesOut(redis, keys)


async def parked(api: httpx.AsyncClient) -> str:
    """The address of a session that is parked."""
    session = (await api.post("/v1/sessions?wait=20", json=SUPPORT)).json()
    address = f"/v1/sessions/{session['id']}"
    assert (await api.post(f"{address}/park")).json()["status"] == "parked"
    return address


async def ended(api: httpx.AsyncClient) -> str:
    session = (await api.post("/v1/sessions?wait=20", json=SUPPORT)).json()
    await api.delete(f"/v1/sessions/{session['id']}")
    return f"/v1/sessions/{session['id']}"


async def test_a_session_on_a_page_that_waited_is_ready_in_the_first_answer(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, pages: PagesOut
):
    (page,) = await pages.put()
    answer = await api.post("/v1/sessions", json=SUPPORT)
    session = answer.json()
    assert (answer.status_code, session["status"]) == (202, "ready")
    assert session["id"] == page.session_id
    assert session["url"] == address_of(page)
    assert session["launch"]["mode"] == "warm"
    assert session["inputs"] == {"product": "phone", "steps": 3}
    assert answer.headers["location"] == f"/v1/sessions/{session['id']}"
    assert (await api.get(answer.headers["location"])).json() == session
    await wait_until(lambda: worker.jobs == [(BOUND, session["id"])], "the worker was told")


async def test_who_waits_is_answered_at_once_where_a_page_waited(
    api: httpx.AsyncClient, redis_url: str, keys: Keys, pages: PagesOut
):
    await pages.put()
    async with WorkerThatNeverAnswers(redis_url, keys):
        answer = await api.post("/v1/sessions?wait=20", json=SUPPORT)
    assert (answer.status_code, answer.json()["launch"]["mode"]) == (201, "warm")


async def test_a_repeat_gets_the_first_session_and_no_second_page(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, pages: PagesOut
):
    await pages.put(2)
    key = {"Idempotency-Key": "k"}
    first = await api.post("/v1/sessions", json=SUPPORT, headers=key)
    again = await api.post("/v1/sessions", json=SUPPORT, headers=key)
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert len(await pages.pool.waiting()) == 1


async def test_who_finds_no_page_is_launched(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, pages: PagesOut
):
    await pages.put()
    warm = (await api.post("/v1/sessions?wait=20", json=SUPPORT)).json()
    cold = (await api.post("/v1/sessions?wait=20", json=SUPPORT)).json()
    assert [s["launch"]["mode"] for s in (warm, cold)] == ["warm", "cold"]
    told = {(BOUND, warm["id"]), (LAUNCH, cold["id"])}  # each by a thread of its own, in any order
    await wait_until(lambda: set(worker.jobs) == told, "the worker was told of both")
    assert len(worker.jobs) == 2


async def test_pages_that_waited_are_told_from_those_that_did_not_in_the_metrics(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, pages: PagesOut
):
    await pages.put(3)
    for _ in range(2):
        await api.post("/v1/sessions", json=SUPPORT)
    assert "playground_pool_pages 1.0" in (await api.get("/metrics")).text
    for _ in range(2):
        await api.post("/v1/sessions?wait=20", json=SUPPORT)
    text = (await api.get("/metrics")).text
    assert 'playground_pool_claims_total{mode="warm"} 3.0' in text
    assert 'playground_pool_claims_total{mode="cold"} 1.0' in text
    assert "playground_pool_pages 0.0" in text
    assert 'playground_session_launch_seconds_count{outcome="ready"} 4.0' in text
    assert 'playground_sessions{status="ready"} 4.0' in text


async def test_parking_gives_the_page_back_and_may_be_repeated(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    address = await parked(api)
    again = await api.post(f"{address}/park")
    assert (again.status_code, again.json()["status"]) == (200, "parked")
    assert again.json()["url"] is None
    assert [name for name, _ in worker.jobs] == [LAUNCH, PARK]
    listed = (await api.get("/v1/sessions?status=parked")).json()["items"]
    assert listed == [again.json()]


async def test_a_park_that_takes_long_is_answered_before_it_is_done(
    api: httpx.AsyncClient, redis_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pages_route, "STOP_WAIT_S", 0.1)
    async with WorkerThatNeverParks(redis_url, keys):
        session = (await api.post("/v1/sessions?wait=20", json=SUPPORT)).json()
        answer = await api.post(f"/v1/sessions/{session['id']}/park")
        assert (answer.status_code, answer.json()["status"]) == (202, "ready")
        back = await api.post(f"/v1/sessions/{session['id']}/resume")
        assert (back.status_code, back.json()["status"]) == (200, "ready")


async def test_resuming_wakes_on_a_page_that_waits(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, pages: PagesOut
):
    address = await parked(api)
    (page,) = await pages.put()
    answer = await api.post(f"{address}/resume")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["url"] == address_of(page)
    assert address.endswith(answer.json()["id"])
    await wait_until(lambda: worker.jobs[-1][0] == BOUND, "the worker was told")
    again = await api.post(f"{address}/resume")
    assert again.json() == answer.json()


async def test_resuming_without_a_waiting_page_is_a_launch(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    address = await parked(api)
    answer = await api.post(f"{address}/resume?wait=20")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert worker.jobs[-1][0] == LAUNCH


async def test_resuming_without_waiting_says_that_it_is_on_its_way(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    answer = await api.post(f"{await parked(api)}/resume")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert answer.json()["launch"]["queue_position"] == 1


@pytest.mark.parametrize("door", ["/v1/sessions/{}/open", "/sessions/{}/open"])
@pytest.mark.parametrize("waiting", [0, 1])
async def test_opening_a_parked_session_wakes_it_and_leads_to_its_page(
    api: httpx.AsyncClient,
    worker: WorkerThatLaunchesAtOnce,
    pages: PagesOut,
    door: str,
    waiting: int,
):
    address = await parked(api)
    made = await pages.put(waiting)
    answer = await api.get(door.format(address.rpartition("/")[2]))
    expected = address_of(made[0]) if made else worker.page
    assert (answer.status_code, answer.headers["location"]) == (303, expected)
    assert (await api.get(address)).json()["status"] == "ready"


@pytest.mark.parametrize("verb", ["park", "resume"])
async def test_an_ended_session_is_neither_parked_nor_woken(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, pages: PagesOut, verb: str
):
    address = await ended(api)
    await pages.put()
    answer = await api.post(f"{address}/{verb}")
    assert (answer.status_code, answer.json()["code"]) == (410, "session_ended")
    assert len(await pages.pool.waiting()) == 1


@pytest.mark.parametrize("verb", ["park", "resume"])
async def test_a_session_that_is_not_there_is_neither_parked_nor_woken(
    api: httpx.AsyncClient, verb: str
):
    answer = await api.post(f"/v1/sessions/ses-nope/{verb}")
    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")


async def test_a_parked_session_ends_like_any_other(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    address = await parked(api)
    answer = await api.delete(address)
    assert (answer.status_code, answer.json()["status"]) == (200, "stopped")


async def test_who_waits_is_told_its_place_and_how_long(
    api: httpx.AsyncClient, redis: Redis, redis_url: str, keys: Keys
):
    await Queueing(redis, keys, max_sessions=50).note_launch(1_500)
    async with WorkerThatWaitsForAWord(redis_url, keys) as worker:
        asked = [(await api.post("/v1/sessions", json=SUPPORT)).json() for _ in range(3)]
        assert [s["launch"]["queue_position"] for s in asked] == [1, 2, 3]
        assert [s["launch"]["eta_s"] for s in asked] == [1.5, 1.5, 3.0]
        (second,) = [
            s for s in (await api.get("/v1/sessions")).json()["items"] if s["id"] == asked[1]["id"]
        ]
        assert second["launch"] == asked[1]["launch"]
        last = (await api.get(f"/v1/sessions/{asked[2]['id']}")).json()
        assert last["launch"]["queue_position"] == 3
        worker.go.set()
        ready = await worker_is_done(api, asked[2]["id"])
        assert ready["launch"] == {"mode": "cold", "ms": 12}


async def worker_is_done(api: httpx.AsyncClient, session_id: str) -> dict[str, object]:
    async def found() -> dict[str, object] | None:
        session = (await api.get(f"/v1/sessions/{session_id}")).json()
        return session if session["status"] == Status.READY else None

    session = await wait_until(found, "the session is ready")
    assert session
    return session


async def test_a_parked_session_s_log_is_that_of_its_last_page(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce, redis: Redis, keys: Keys
):
    address = await parked(api)
    none = await api.get(f"{address}/logs")
    assert (none.status_code, none.json()["code"]) == (409, "session_not_ready")
    await redis.set(keys.page_log(address.rpartition("/")[2]), "one\ntwo\nthree\n", ex=60)
    assert (await api.get(f"{address}/logs?tail=2")).text == "two\nthree\n"


HTML = {"accept": "text/html"}


async def row(api: httpx.AsyncClient, session_id: str) -> str:
    text = (await api.get("/sessions", headers=HTML)).text
    found = re.search(rf'<tr id="{session_id}".*?</tr>', text, re.DOTALL)
    assert found
    return found[0]


async def test_the_dashboard_parks_and_wakes_by_its_buttons(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    session = (await api.post("/v1/sessions?wait=20", json=SUPPORT)).json()
    ready = await row(api, session["id"])
    assert f'action="/sessions/{session["id"]}/park"' in ready
    assert ">Open<" in ready
    answer = await api.post(f"/sessions/{session['id']}/park", data={"back": "/"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    parked_row = await row(api, session["id"])
    assert ">Parked<" in parked_row
    assert "Its conversation is kept; opening it takes a moment" in parked_row
    assert ">Wake<" in parked_row
    assert f'aria-label="Wake {session["title"]}"' in parked_row
    assert "/park" not in parked_row
    assert f"stop-{session['id']}" in parked_row
    by_htmx = await api.post(f"/sessions/{session['id']}/park", headers={"HX-Request": "true"})
    assert (by_htmx.status_code, by_htmx.content) == (204, b"")


async def test_the_dashboard_tells_who_waits_its_place_and_how_long(
    api: httpx.AsyncClient, redis: Redis, redis_url: str, keys: Keys
):
    async with WorkerThatNeverAnswers(redis_url, keys):
        first = (await api.post("/v1/sessions", json=SUPPORT)).json()
        assert "Number 1 in the queue<" in await row(api, first["id"])
        await Queueing(redis, keys, max_sessions=50).note_launch(3_700)
        second = (await api.post("/v1/sessions", json=SUPPORT)).json()
        assert "Number 2 in the queue, about 4 s" in await row(api, second["id"])
        assert "/park" not in await row(api, second["id"])


async def test_an_ended_session_is_not_parked_from_the_dashboard(
    api: httpx.AsyncClient, worker: WorkerThatLaunchesAtOnce
):
    session_id = (await ended(api)).rpartition("/")[2]
    assert "/park" not in await row(api, session_id)
    answer = await api.post(f"/sessions/{session_id}/park", headers=HTML)
    assert answer.status_code == 410
    assert "Session ended" in answer.text
