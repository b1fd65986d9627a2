"""The history that a model is given: the newest that fits, without a gap."""

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from playground_chat.backend.engine.history import estimated_tokens, fitting


def _messages(*texts: str) -> list[BaseMessage]:
    return [(AIMessage if n % 2 else HumanMessage)(text) for n, text in enumerate(texts)]


def test_everything_is_kept_where_there_is_room() -> None:
    messages = _messages("one", "two", "three")
    assert fitting(messages, 1_000) == messages


def test_the_oldest_go_first() -> None:
    messages = _messages("a" * 300, "b" * 300, "c" * 300)
    room = 2 * estimated_tokens("b" * 300)
    assert fitting(messages, room) == messages[1:]


def test_a_message_that_does_not_fit_leaves_no_gap_behind_it() -> None:
    messages = _messages("short", "b" * 3_000, "short")
    assert fitting(messages, 200) == messages[2:]


def test_no_room_gives_no_history() -> None:
    assert fitting(_messages("one"), -5) == []


def test_other_scripts_count_for_more_than_their_characters() -> None:
    assert estimated_tokens("漢" * 300) >= 300
    assert estimated_tokens("word " * 100) < 200
