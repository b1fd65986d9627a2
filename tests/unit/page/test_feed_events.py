"""What single answers and events make of the picture."""

import pytest

from playground_chat.page.backend_client import BackendAway, Json
from playground_chat.page.board import Board, Link, Pending
from playground_chat.page.feed import MAYBE_LOST, Feed
from tests.support.waiting import wait_until


class BackendThatTellsItsPageOnce:
    """Tells the page one time, then is away."""

    def __init__(self, page: Json) -> None:
        self._pages = [page]

    def page(self) -> Json:
        if not self._pages:
            raise BackendAway("away")
        return self._pages.pop()

    def events(self, _: str):
        raise BackendAway("away")


def page_with(*messages: Json, running: bool = False) -> Json:
    return {
        "session": {"status": "ready"},
        "scenario": {"name": "x"},
        "messages": list(messages),
        "cursor": "1-0",
        "running": running,
    }


def question(text: str, message_id: str = "m1", door: str = "page") -> Json:
    return {"id": message_id, "turn": "t1", "role": "user", "content": text, "door": door}


async def told(board: Board, page: Json) -> None:
    feed = Feed(BackendThatTellsItsPageOnce(page), board, lambda: None)  # type: ignore[arg-type]
    feed.start()
    await wait_until(
        lambda: board.picture.link is Link.AWAY, "the page was told and the line broke"
    )
    feed.stop()


def waiting(board: Board, pending: Pending) -> None:
    board.change(lambda p: p.__class__(pending=pending))


async def test_a_running_turn_begins_with_its_question() -> None:
    board = Board()
    await told(board, page_with(question("why?"), running=True))
    assert board.picture.live is not None
    assert (board.picture.live.turn, board.picture.live.text) == ("t1", "")


@pytest.mark.parametrize(
    ("pending", "left"),
    [
        (Pending("why?", message_id="m1"), None),
        (Pending("why?", "away", uncertain=True), None),
        (Pending("why?"), None),
        (Pending("why?", "away"), Pending("why?", "away")),
        (Pending("other", "away", uncertain=True), Pending("other", "away", uncertain=True)),
        (
            Pending("other", message_id="m9"),
            Pending("other", MAYBE_LOST, refused=True, uncertain=True),
        ),
    ],
    ids=["sent", "lost answer", "in flight", "not sent", "not arrived", "taken but gone"],
)
async def test_what_is_pending_after_the_line_was_broken(
    pending: Pending, left: Pending | None
) -> None:
    board = Board()
    waiting(board, pending)
    await told(board, page_with(question("why?")))
    assert board.picture.pending == left


async def test_the_same_words_by_another_door_are_another_message() -> None:
    board = Board()
    lost = Pending("why?", "away", uncertain=True)
    waiting(board, lost)
    await told(board, page_with(question("why?", door="rest")))
    assert board.picture.pending == lost
