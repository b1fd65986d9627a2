from dataclasses import replace

from playground_chat.page.board import Board, Link, Live, Pending, Picture


def redraws(board: Board) -> list[int]:
    seen: list[int] = []
    board.on_redraw(lambda: seen.append(board.picture.drawing))
    return seen


def test_a_token_is_a_beat_and_no_new_drawing() -> None:
    board = Board()
    board.change(lambda p: replace(p, live=Live("turn-1")))
    seen = redraws(board)
    before = board.picture
    board.change(lambda p: replace(p, live=Live("turn-1", "Hello")))
    assert board.picture.beat == before.beat + 1
    assert board.picture.drawing == before.drawing
    assert seen == []


def test_a_message_needs_a_new_drawing() -> None:
    board = Board()
    seen = redraws(board)
    board.change(lambda p: replace(p, messages=({"id": "m1"},)))
    assert seen == [1]


def test_an_unchanged_picture_is_no_change() -> None:
    board = Board()
    board.change(lambda p: p)
    assert board.picture == Picture()


def test_what_the_page_does_not_show_of_a_session_needs_no_new_drawing() -> None:
    board = Board()
    board.change(lambda p: replace(p, session={"status": "ready", "turns": 1}))
    seen = redraws(board)
    board.change(lambda p: replace(p, session={"status": "ready", "turns": 2}))
    assert seen == []
    board.change(lambda p: replace(p, session={"status": "stopping", "turns": 2}))
    assert len(seen) == 1


def test_waiting_ends_at_its_time_limit() -> None:
    assert Board().wait(lambda picture: picture.known, 0.001) == Picture()


def test_a_page_is_busy_while_a_reply_or_a_message_is_on_its_way() -> None:
    here = Picture(link=Link.HERE)
    assert not here.busy
    assert replace(here, live=Live("t")).busy
    assert replace(here, pending=Pending("x")).busy
    assert not replace(here, pending=Pending("x", reason="The chat service is away.")).busy
    assert not replace(here, link=Link.AWAY, live=Live("t")).busy


def test_a_session_that_is_stopping_has_ended_for_the_page() -> None:
    ended = {s for s in ("ready", "parked", "stopping", "stopped", "failed")
             if Picture(session={"status": s}).ended}  # fmt: skip
    assert ended == {"stopping", "stopped", "failed"}
    assert Picture(link=Link.CLOSED).ended
