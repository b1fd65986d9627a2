"""Scenarios of one's own over REST: made, changed, taken along, forgotten."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from redis import Redis

from playground.keys import Keys
from playground.scenarios.folder import read_scenario

OWN: dict[str, Any] = {
    "name": "tea",
    "title": "Tea",
    "system_prompt": "You know tea.\n\n- Kind: {{ kind }}\n",
    "inputs": [{"key": "kind", "label": "Kind", "type": "select", "options": ["green", "black"]}],
}


async def saved(api: httpx.AsyncClient, **more: Any) -> httpx.Response:
    return await api.put("/v1/scenarios/tea", json=OWN | more)


async def test_an_own_scenario_is_listed_and_launched_like_any_other(api: httpx.AsyncClient):
    made = await api.post("/v1/scenarios", json=OWN)
    assert (made.status_code, made.headers["location"]) == (201, "/v1/scenarios/tea")
    names = [one["name"] for one in (await api.get("/v1/scenarios")).json()["items"]]
    assert names == ["review", "support", "tea"]
    session = (await api.post("/v1/sessions", json={"scenario": "tea"})).json()
    assert (session["title"], session["inputs"]) == ("Tea", {"kind": "green"})
    changed = await api.patch(f"/v1/sessions/{session['id']}", json={"inputs": {"kind": "black"}})
    assert changed.json()["inputs"] == {"kind": "black"}


async def test_each_change_is_a_version_and_the_same_again_is_none(api: httpx.AsyncClient):
    await api.post("/v1/scenarios", json=OWN)
    for title in ("Teas", "Teas", "Tea"):
        assert (await saved(api, title=title)).json()["title"] == title
    kept = (await api.get("/v1/scenarios/tea/versions")).json()["items"]
    assert [(one["version"], one["scenario"]["title"]) for one in kept] == [
        (3, "Tea"),
        (2, "Teas"),
        (1, "Tea"),
    ]


async def test_nobody_overwrites_what_somebody_else_saved_meanwhile(api: httpx.AsyncClient):
    await api.post("/v1/scenarios", json=OWN)
    await saved(api, title="Teas")
    late = await api.put("/v1/scenarios/tea?based_on=1", json=OWN | {"title": "Late"})
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    again = await api.post("/v1/scenarios", json=OWN)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_a_deleted_one_is_gone_with_its_versions(api: httpx.AsyncClient):
    await api.post("/v1/scenarios", json=OWN)
    assert (await api.delete("/v1/scenarios/tea")).status_code == 204
    for path in ("/v1/scenarios/tea", "/v1/scenarios/tea/versions", "/v1/scenarios/tea/export"):
        assert (await api.get(path)).json()["code"] == "scenario_not_found"
    assert (await api.delete("/v1/scenarios/tea")).status_code == 404
    assert (await saved(api)).status_code == 404


async def test_a_file_belongs_to_its_owner(api: httpx.AsyncClient):
    file = OWN | {"name": "support"}
    assert (await api.post("/v1/scenarios", json=file)).status_code == 409
    assert (await api.put("/v1/scenarios/support", json=file)).status_code == 409
    assert (await api.delete("/v1/scenarios/support")).status_code == 409


async def test_a_file_that_comes_later_hides_an_own_one_and_says_so(
    api: httpx.AsyncClient, scenarios: Path
):
    await api.post("/v1/scenarios", json=OWN)
    (scenarios / "tea.yaml").write_text("name: tea\ntitle: File\nsystem_prompt: Hi.\n")
    listing = (await api.get("/v1/scenarios?include=invalid")).json()
    assert [one["title"] for one in listing["items"] if one["name"] == "tea"] == ["File"]
    assert "a file has the same name" in [one["message"] for one in listing["invalid"]]


async def test_the_exported_file_is_the_same_scenario(api: httpx.AsyncClient, tmp_path: Path):
    await api.post("/v1/scenarios", json=OWN)
    answer = await api.get("/v1/scenarios/tea/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="tea.yaml"'
    assert "system_prompt: |" in answer.text
    file = tmp_path / "elsewhere.yml"
    file.write_text(answer.text)
    assert read_scenario(file).model_dump(mode="json", exclude_defaults=True) == OWN
    for name in ("support", "review"):
        text = (await api.get(f"/v1/scenarios/{name}/export")).text
        assert yaml.safe_load(text)["name"] == name


SECRETIVE = {"name": "x", "url": "http://a/", "headers": {"k": "${PLAYGROUND_TOOL_X}"}}

STUCK = {"key": "n", "label": "N", "type": "slider", "min": 3, "max": 3}


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "Tea!"}, "name"),
        ({"system_prompt": " "}, "body"),
        ({"title": "\ud800"}, "title"),
        ({"greeting": "\ud800"}, "greeting"),
        ({"kind": "app", "app": {"image": "evil:1"}}, "kind"),
        ({"tools": [{"name": "x", "command": "sh"}]}, "tools.0.command"),
        (
            {
                "tools": [
                    {"name": "x", "url": "http://a/", "headers": {"k": "${PLAYGROUND_TOOL_X}"}}
                ]
            },
            "tools.0.headers",
        ),
        ({"limits": {"memory_mb": 100_000}}, "limits.memory_mb"),
        ({"limits": {"internet": True}}, "limits.internet"),
        ({"inputs": [STUCK]}, "inputs.0.max"),
    ],
)
async def test_what_may_not_be_is_said_at_its_field(
    api: httpx.AsyncClient, more: dict[str, Any], field: str
):
    body = json.dumps(OWN | more)
    headers = {"Content-Type": "application/json"}
    answer = await api.post("/v1/scenarios", content=body, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_one_that_was_valid_once_is_told_and_can_be_mended(
    api: httpx.AsyncClient, redis_url: str, keys: Keys
):
    await api.post("/v1/scenarios", json=OWN)
    old = {"version": 2, "saved_at": "2026-11-01T00:00:00Z", "scenario": OWN | {"inputs": [STUCK]}}
    with Redis.from_url(redis_url) as client:
        client.hset(keys.own_scenarios(), "tea", json.dumps(old))
        client.lpush(keys.own_scenario_versions("tea"), json.dumps(old))
    listing = (await api.get("/v1/scenarios?include=invalid")).json()
    said = {one["file"]: one["message"] for one in listing["invalid"]}["tea"]
    assert "scenario.inputs.0.max: must be more" in said
    kept = (await api.get("/v1/scenarios/tea/versions")).json()["items"]
    assert [one["version"] for one in kept] == [1]
    assert (await saved(api, title="Mended")).status_code == 200
    kept = (await api.get("/v1/scenarios/tea/versions")).json()["items"]
    assert [one["version"] for one in kept] == [3, 1]
