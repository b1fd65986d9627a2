from pathlib import Path

import httpx


async def test_usable_scenarios_are_listed_and_broken_ones_are_not(api: httpx.AsyncClient):
    listing = (await api.get("/v1/scenarios")).json()
    assert set(listing) == {"items"}
    assert [s["name"] for s in listing["items"]] == ["review", "support"]
    assert listing["items"][1]["inputs"][0]["key"] == "product"


async def test_broken_files_are_named_with_their_line_on_request(api: httpx.AsyncClient):
    listing = (await api.get("/v1/scenarios", params={"include": "invalid"})).json()
    assert len(listing["items"]) == 2
    (broken,) = listing["invalid"]
    assert (broken["file"], broken["line"]) == ("broken.yaml", 3)
    assert "temperature" in broken["message"]


async def test_a_file_dropped_in_appears_without_a_restart(api: httpx.AsyncClient, scenarios: Path):
    assert (await api.get("/v1/scenarios/late")).status_code == 404
    (scenarios / "late.yaml").write_text("name: late\ntitle: Late\nsystem_prompt: Hi.\n")
    assert (await api.get("/v1/scenarios/late")).json()["title"] == "Late"


async def test_an_unknown_scenario_is_a_problem(api: httpx.AsyncClient):
    answer = await api.get("/v1/scenarios/nope")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "scenario_not_found"


async def test_an_unknown_wish_to_include_is_refused(api: httpx.AsyncClient):
    answer = await api.get("/v1/scenarios", params={"include": "everything"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "include"
