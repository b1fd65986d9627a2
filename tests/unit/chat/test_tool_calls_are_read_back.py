"""Calls of tools in the log, as later turns' models read them; and what scenarios say of tools."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from pydantic import ValidationError

from playground.clock import now
from playground.conversation.model import Door, Message
from playground.conversation.tool_calls import calls_told
from playground.scenarios.model import Scenario
from playground_chat.backend.engine.history import as_read
from playground_chat.backend.tools.wanted import ToolsWanted, tools_wanted


def _answer(content: str, *calls: dict[str, Any]) -> Message:
    return Message(
        id="msg-1",
        turn="turn-1",
        role="assistant",
        content=content,
        created_at=now(),
        door=Door.REST,
        tool_calls=list(calls) or None,
    )


def _call(number: int, *, at: int, **more: Any) -> dict[str, Any]:
    return {"id": f"c{number}", "name": "add", "args": {"a": 1}, "at": at, "round": 1, **more}


def test_calls_stand_where_they_were_made() -> None:
    answer = _answer(
        "Let me see.\n\nIt is 3.", _call(1, at=11, result="3"), _call(2, at=11, error="no")
    )
    asked, first, second, rest = as_read(answer)
    assert isinstance(asked, AIMessage)
    assert (asked.content, [call["id"] for call in asked.tool_calls]) == (
        "Let me see.",
        ["c1", "c2"],
    )
    assert isinstance(first, ToolMessage)
    assert (first.content, first.status, first.tool_call_id) == ("3", "success", "c1")
    assert isinstance(second, ToolMessage)
    assert (second.content, second.status) == ("no", "error")
    assert rest == AIMessage("It is 3.")


def test_rounds_without_words_between_them_stay_apart() -> None:
    later = {**_call(2, at=0, result="2"), "round": 2}
    kinds = [type(m) for m in as_read(_answer("done", _call(1, at=0, result="1"), later))]
    assert kinds == [AIMessage, ToolMessage, AIMessage, ToolMessage, AIMessage]


def test_a_call_that_never_ended_has_an_answer_all_the_same() -> None:
    (_, answer) = as_read(_answer("", _call(1, at=0)))
    assert isinstance(answer, ToolMessage)
    assert (answer.content, answer.status) == ("It did not end.", "error")


def test_long_results_are_remembered_in_part() -> None:
    (_, answer) = as_read(_answer("", _call(1, at=0, result="x" * 9_000)))
    assert answer.text == "x" * 2_000 + "\n[cut]"


def test_calls_are_found_again_in_the_entries_of_a_turn_that_nobody_ended() -> None:
    def entry(kind: str, data: Any) -> dict[str, str]:
        return {"kind": kind, "data": data if kind == "token" else json.dumps(data)}

    def started(call_id: str) -> dict[str, str]:
        return entry("tool_start", {"id": call_id, "name": "add", "args": {}})

    ended = {"id": "a", "name": "add", "result": "1", "ms": 2.0}
    calls = calls_told(
        [
            entry("token", "Well."),
            started("a"),
            started("b"),
            entry("tool_end", ended),
            entry("tool_end", {**ended, "id": "b", "error": True}),
            started("c"),
        ]
    )
    assert [(c["id"], c["at"], c["round"]) for c in calls] == [
        ("a", 5, 1),
        ("b", 5, 1),
        ("c", 5, 2),
    ]
    assert (calls[0]["result"], calls[1]["error"], calls[0]["ms"]) == ("1", "1", 2.0)
    assert not {"result", "error"} & calls[2].keys()


def test_a_scenario_names_tools_addresses_and_servers() -> None:
    server = {"name": "time", "command": "uvx", "args": ["mcp-server-time"]}
    made = _scenario(["read_text", "https://example.com/mcp", server])
    wanted = tools_wanted(made.tools)
    assert wanted.names == {"read_text"}
    assert ['"example-com"' in wanted.servers[0], '"uvx"' in wanted.servers[1]] == [True, True]
    assert tools_wanted([]) == ToolsWanted()


@pytest.mark.parametrize(
    "tool",
    [
        "two words",
        "https://user:secret@example.com/mcp",
        {"name": "both", "url": "https://example.com", "command": "x"},
        {"name": "neither"},
        {"name": "odd", "url": "file:///etc/passwd"},
        {"name": "more", "url": "https://example.com", "shell": True},
    ],
)
def test_what_is_no_source_of_tools_is_refused(tool: Any) -> None:
    with pytest.raises(ValidationError):
        _scenario([tool])


def _scenario(tools: list[Any]) -> Scenario:
    return Scenario.model_validate(
        {"name": "a", "title": "A", "system_prompt": "Be kind.", "tools": tools}
    )
