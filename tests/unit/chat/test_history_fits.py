"""The history that a model is given: the newest turns that fit, without a gap."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage

from playground_chat.backend.engine.history import ReadTurn
from playground_chat.backend.engine.window import cost_of, estimated_tokens, fitting


def _turn(name: str, question: str, answer: str = "yes") -> ReadTurn:
    return ReadTurn(name, [HumanMessage(question), AIMessage(answer)])


def test_everything_is_kept_where_there_is_room() -> None:
    turns = [_turn("a", "one"), _turn("b", "two")]
    assert fitting(turns, 1_000) == turns


def test_the_oldest_go_first_and_whole_turns_at_once() -> None:
    turns = [_turn(name, name * 300) for name in "abc"]
    assert fitting(turns, cost_of(turns[1]) * 2 + 3) == turns[1:]


def test_a_turn_that_does_not_fit_leaves_no_gap_behind_it() -> None:
    turns = [_turn("a", "short"), _turn("b", "b" * 3_000), _turn("c", "short")]
    assert fitting(turns, 200) == turns[2:]


def test_of_a_latest_turn_that_is_too_large_the_ends_are_kept() -> None:
    call = ToolCall(name="add", args={}, id="1", type="tool_call")
    messages = [
        HumanMessage("begin " + "q" * 9_000 + " end"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("r" * 9_000, tool_call_id="1"),
        AIMessage("first " + "a" * 9_000 + " last"),
    ]
    (turn,) = fitting([_turn("a", "old"), ReadTurn("b", messages)], 400)
    question, answer = turn.messages
    assert (question.text[:6], question.text[-4:]) == ("begin ", " end")
    assert (answer.text[:6], answer.text[-5:]) == ("first ", " last")
    assert cost_of(turn) <= 400


@pytest.mark.parametrize("room", [-5, 0, 10])
def test_no_room_gives_no_history(room: int) -> None:
    assert fitting([_turn("a", "x" * 300)], room) == []


def test_other_scripts_count_for_more_than_their_characters() -> None:
    assert estimated_tokens("漢" * 300) >= 300
    assert estimated_tokens("word " * 100) < 200
