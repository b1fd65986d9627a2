"""`POST /v1/compare`: several targets side by side, each a turn of its own."""

import json
from typing import Any

import httpx
import pytest

from tests.support.chat_backend import Event, all_events


async def _compared(
    client: httpx.AsyncClient, words: str, *targets: dict[str, Any]
) -> dict[int | None, list[Event]]:
    asked = {"input": words, "targets": list(targets)}
    by_target: dict[int | None, list[Event]] = {}
    for event in await all_events(client, "POST", "/v1/compare", json=asked):
        by_target.setdefault(event.json()["target"], []).append(event)
    return by_target


def _text(stream: list[Event]) -> str:
    return "".join(event.json()["text"] for event in stream if event.kind == "token")


async def test_every_target_answers_by_a_turn_of_its_own(client: httpx.AsyncClient) -> None:
    found = await _compared(
        client, "[[say=system]]", {"session_id": "demo"}, {"scenario": "helpdesk"}
    )
    assert [[event.kind for event in found[n]][:1] for n in (0, 1)] == [["target"], ["target"]]
    assert _text(found[0]).startswith("You are a helpful assistant.")
    assert _text(found[1]) == "You help with router for ."
    assert [(e.kind, e.json()) for e in found[None]] == [("done", {"target": None})]
    for number in (0, 1):
        name = found[number][0].json()["session_id"]
        assert found[number][-1].json() == {"target": number, "session_id": name}
        kept = (await client.get(f"/v1/sessions/{name}/messages")).json()["items"]
        assert kept[1]["content"] == _text(found[number])


async def test_a_target_is_taken_up_again_by_its_own_stream(client: httpx.AsyncClient) -> None:
    found = await _compared(client, "[[tokens=5]]", {"scenario": "helpdesk"})
    name = found[0][0].json()["session_id"]
    headers = {"Last-Event-ID": found[0][2].id or ""}
    rest = await all_events(client, "GET", f"/v1/sessions/{name}/stream", headers=headers)
    assert [event.id for event in rest] == [event.id for event in found[0][3:]]
    assert "".join(e.data for e in rest if e.kind == "token") == " w2 w3 w4"


async def test_a_target_that_fails_does_not_end_the_others(client: httpx.AsyncClient) -> None:
    found = await _compared(
        client,
        "[[tokens=3]]",
        {"scenario": "nosuch"},
        {"scenario": "helpdesk", "model": "openai:[[status=401]]"},
        {"session_id": "../bad"},
        {"session_id": "demo"},
        {"session_id": "demo"},
    )
    codes = {
        number: [event.json()["problem"]["code"] for event in stream if event.kind == "error"]
        for number, stream in found.items()
    }
    assert codes.pop(3) + codes.pop(4) == ["turn_in_progress"]
    assert codes == {
        0: ["scenario_not_found"],
        1: ["model_unavailable"],
        2: ["invalid_request"],
        None: [],
    }
    assert all(stream[-1].kind == "done" for stream in found.values())
    assert {_text(found[3]), _text(found[4])} == {"", "w0 w1 w2"}


DRAFT = {"name": "new", "title": "New", "system_prompt": "You are {{ mood }}.", "inputs": [
    {"key": "mood", "label": "Mood", "type": "text", "default": "calm"}]}  # fmt: skip


async def test_a_scenario_that_is_kept_nowhere_can_be_tried(client: httpx.AsyncClient) -> None:
    found = await _compared(client, "[[say=system]]", {"draft": DRAFT})
    assert _text(found[0]) == "You are calm."
    command = DRAFT | {"tools": [{"name": "x", "command": "sh"}]}
    found = await _compared(client, "hi", {"draft": command})
    problem = found[0][0].json()["problem"]
    assert (problem["code"], problem["errors"][0]["field"]) == (
        "invalid_request",
        "tools.0.command",
    )


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"input": "hi"},
        {"input": "hi", "targets": []},
        {"input": "hi", "targets": [{"session_id": f"s{n}"} for n in range(7)]},
        {"input": "hi", "targets": [{}]},
        {"input": "hi", "targets": [{"session_id": "demo", "scenario": "helpdesk"}]},
        {"input": "hi", "targets": "demo"},
        {"input": " ", "targets": [{"session_id": "demo"}]},
        {"input": "\ud800", "targets": [{"session_id": "demo"}]},
        {"input": "hi", "targets": [{"scenario": "helpdesk", "model": "a b"}]},
    ],
)
async def test_what_is_not_a_comparison_is_refused(
    client: httpx.AsyncClient, asked: dict[str, Any]
) -> None:
    body, headers = json.dumps(asked), {"Content-Type": "application/json"}
    answer = await client.post("/v1/compare", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert (await client.get("/v1/sessions/demo/messages")).status_code == 404
