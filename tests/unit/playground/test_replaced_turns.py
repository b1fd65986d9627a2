"""Which messages of a conversation are in force once a question was answered anew."""

from playground.clock import now
from playground.conversation.model import Door, Message, in_force, marked


def said(turn: str, *, replaces: str | None = None) -> list[Message]:
    asked = Message(
        id=f"q-{turn}",
        turn=turn,
        role="user",
        content="why?",
        created_at=now(),
        door=Door.PAGE,
        replaces=replaces,
    )
    return [
        asked,
        asked.model_copy(update={"id": f"a-{turn}", "role": "assistant", "replaces": None}),
    ]


def test_the_last_answer_is_the_one_in_force_however_often_it_was_asked_for() -> None:
    messages = [*said("1"), *said("2"), *said("3", replaces="2"), *said("4", replaces="3")]
    found = marked(messages)
    assert [m.replaced_by for m in found] == [None, None, "3", "3", "4", "4", None, None]
    assert [m.id for m in in_force(found)] == ["q-1", "a-1", "q-4", "a-4"]


def test_a_mark_that_came_along_says_nothing_where_its_turn_is_not_replaced() -> None:
    stale = [m.model_copy(update={"replaced_by": "9"}) for m in said("1")]
    messages = marked([*stale, *said("2"), *said("3", replaces="2")])
    assert [m.id for m in in_force(messages)] == ["q-1", "a-1", "q-3", "a-3"]
