"""The follower and the outbox of a page against a chat backend over real HTTP."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from playground_chat.page.backend_client import BackendAway, ChatBackend, Refused
from playground_chat.page.board import Board, Link
from playground_chat.page.feed import Feed
from playground_chat.page.outbox import AWAY, BUSY, Outbox
from playground_chat.page.settings import PageSettings
from tests.support.page_backend import TOKEN, PageBackend, page_backend
from tests.support.waiting import wait_until


@dataclass
class Page:
    """The parts of a page process without Streamlit."""

    board: Board
    outbox: Outbox

    @property
    def said(self) -> list[str]:
        return [m["content"] for m in self.board.picture.messages]


@contextmanager
def following(backend: PageBackend, token: str = TOKEN) -> Generator[Page]:
    board = Board()
    client = ChatBackend(PageSettings(backend.url, token), timeout_s=2)
    outbox = Outbox(client, board)
    feed = Feed(client, board, outbox.settle)
    feed.start()
    try:
        yield Page(board, outbox)
    finally:
        feed.stop()
        _wait_for_threads(backend)
        client.close()


def _wait_for_threads(backend: PageBackend) -> None:
    """Let the page end its threads: one that connects while its client closes leaks a socket."""
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        busy = [t for t in threading.enumerate() if t.name == "feed" or t.name.startswith("outbox")]
        if not busy:
            return
        backend.hang_up()
        busy[0].join(0.05)


@pytest.fixture
def backend() -> Iterator[PageBackend]:
    with page_backend() as running:
        yield running


@pytest.fixture
def page(backend: PageBackend) -> Iterator[Page]:
    with following(backend) as one:
        yield one


async def link_is(page: Page, link: Link) -> None:
    await wait_until(lambda: page.board.picture.link is link, f"the page is {link.value}")


async def said(page: Page, *texts: str) -> None:
    await wait_until(lambda: page.said == list(texts), f"the page shows {texts}")


async def test_a_page_learns_its_session_and_scenario(page: Page) -> None:
    await link_is(page, Link.HERE)
    assert page.board.picture.scenario["title"] == "Technical Support"
    assert page.board.picture.session["id"] == "session-1"
    assert not page.board.picture.ended


async def test_a_message_becomes_a_turn_and_its_reply_grows(
    backend: PageBackend, page: Page
) -> None:
    backend.answer = []
    await link_is(page, Link.HERE)
    page.outbox.put("Hello?")
    await said(page, "Hello?")
    await wait_until(lambda: not page.board.picture.live, "the empty turn is over")
    backend.begin("again", door="rest")
    backend.say("It is\n")
    backend.say("line 2 of it")
    await wait_until(
        lambda: page.board.picture.live and page.board.picture.live.text == "It is\nline 2 of it",
        "the reply so far is shown",
    )
    backend.end()
    await said(page, "Hello?", "again", "It is\nline 2 of it")
    assert page.board.picture.live is None
    assert page.board.picture.pending is None


async def test_a_page_that_comes_late_gets_the_tokens_so_far(backend: PageBackend) -> None:
    backend.begin("early")
    backend.say("so ")
    backend.say("far")
    with following(backend) as late:
        await wait_until(
            lambda: late.board.picture.live and late.board.picture.live.text == "so far",
            "the tokens so far are there",
        )
        assert late.said == ["early"]


async def test_a_turn_without_a_reply_keeps_its_problem(backend: PageBackend, page: Page) -> None:
    await link_is(page, Link.HERE)
    turn = backend.begin("hm")
    backend.end("failed", {"code": "model_unavailable", "detail": "The model is away."})
    await wait_until(lambda: page.board.picture.problems, "the problem is known")
    assert page.board.picture.problems == {turn: "The model is away."}
    with following(backend) as new:
        await link_is(new, Link.HERE)
        assert new.board.picture.problems == {turn: "The model is away."}


async def test_the_page_comes_back_by_itself(backend: PageBackend, page: Page) -> None:
    await link_is(page, Link.HERE)
    backend.begin("before")
    backend.say("half a re")
    await said(page, "before")
    backend.stop()
    await link_is(page, Link.AWAY)
    assert page.said == ["before"]
    backend.say("ply")
    backend.end("interrupted")
    backend.start()
    await link_is(page, Link.HERE)
    await said(page, "before", "half a reply")


async def test_a_message_written_while_the_backend_is_away_is_sent_when_it_is_back(
    backend: PageBackend, page: Page
) -> None:
    await link_is(page, Link.HERE)
    backend.stop()
    await link_is(page, Link.AWAY)
    page.outbox.put("keep me")
    await wait_until(
        lambda: page.board.picture.pending and page.board.picture.pending.reason == AWAY,
        "the message waits and says why",
    )
    backend.answer = ["ok"]
    backend.start()
    await said(page, "keep me", "ok")
    assert page.board.picture.pending is None


async def test_a_message_whose_answer_was_lost_is_not_sent_twice(
    backend: PageBackend, page: Page
) -> None:
    await link_is(page, Link.HERE)
    backend.answer, backend.lose_answers = ["ok"], True
    page.outbox.put("once")
    await said(page, "once", "ok")
    await wait_until(lambda: page.board.picture.pending is None, "the message counts as sent")
    assert [m["content"] for m in backend.messages] == ["once", "ok"]


async def test_a_message_in_the_middle_of_another_turn_waits_for_its_end(
    backend: PageBackend, page: Page
) -> None:
    await link_is(page, Link.HERE)
    backend.begin("from elsewhere")
    await said(page, "from elsewhere")
    page.outbox.put("me too")
    await wait_until(
        lambda: page.board.picture.pending and page.board.picture.pending.reason == BUSY,
        "the message waits and says why",
    )
    backend.answer = ["yes"]
    backend.say("one")
    backend.end()
    await said(page, "from elsewhere", "one", "me too", "yes")


async def test_a_waiting_message_can_be_taken_back(backend: PageBackend, page: Page) -> None:
    await link_is(page, Link.HERE)
    turn = backend.begin("from elsewhere")
    page.outbox.put("forget it")
    await wait_until(
        lambda: page.board.picture.pending and page.board.picture.pending.reason, "it waits"
    )
    page.outbox.take_back()
    backend.say("one")
    backend.end()
    await said(page, "from elsewhere", "one")
    assert {m["turn"] for m in backend.messages} == {turn}


async def test_a_refused_message_stays_with_the_reason_and_is_not_sent_again(
    backend: PageBackend, page: Page
) -> None:
    await link_is(page, Link.HERE)
    backend.refusal = (413, {"code": "too_large", "detail": "At most 1 KiB."})
    page.outbox.put("a lot")
    await wait_until(
        lambda: page.board.picture.pending and page.board.picture.pending.refused, "it is refused"
    )
    assert page.board.picture.pending
    assert page.board.picture.pending.reason == "Not sent. At most 1 KiB."
    backend.refusal = None
    page.outbox.settle()
    page.outbox.take_back()
    assert page.board.picture.pending is None
    assert backend.messages == []


async def test_a_service_that_answers_503_gets_the_message_when_it_can(
    backend: PageBackend, page: Page
) -> None:
    await link_is(page, Link.HERE)
    backend.answer = ["ok"]
    backend.refusal = (503, {"code": "internal", "detail": "The store cannot be reached."})
    page.outbox.put("patience")
    await wait_until(
        lambda: page.board.picture.pending and page.board.picture.pending.reason == AWAY, "it waits"
    )
    backend.refusal = None
    await said(page, "patience", "ok")


async def test_only_changed_inputs_are_saved_and_after_an_absence_too(
    backend: PageBackend, page: Page
) -> None:
    await link_is(page, Link.HERE)
    page.outbox.change_input("product", "Phone")
    await wait_until(lambda: page.board.picture.unsaved == {}, "the input is saved")
    assert backend.saved_inputs == [{"product": "Phone"}]
    backend.stop()
    page.outbox.change_input("level", "Expert")
    await wait_until(lambda: page.board.picture.unsaved_reason, "the page says it is not saved")
    backend.start()
    await wait_until(lambda: page.board.picture.unsaved == {}, "the input is saved")
    inputs = page.board.picture.session["inputs"]
    assert (inputs["product"], inputs["level"]) == ("Phone", "Expert")
    assert page.board.picture.unsaved_reason == ""


async def test_a_stopped_session_has_ended_for_the_page(backend: PageBackend, page: Page) -> None:
    await link_is(page, Link.HERE)
    backend.change_session(status="stopping")
    await wait_until(lambda: page.board.picture.ended, "the page knows of the end")


async def test_a_token_that_is_not_known_closes_the_page(backend: PageBackend) -> None:
    with following(backend, token="slot-1.forged") as forged:
        await link_is(forged, Link.CLOSED)
        assert forged.board.picture.ended


async def test_a_follower_that_is_stopped_ends_with_its_stream(backend: PageBackend) -> None:
    with following(backend) as page:
        await link_is(page, Link.HERE)
        await wait_until(lambda: backend.followers == 1, "the page follows")
    await wait_until(lambda: backend.followers == 0, "the stream is closed")
    await wait_until(
        lambda: not [t for t in threading.enumerate() if t.name == "feed"], "its thread has ended"
    )


def test_nobody_at_the_address_is_an_absent_backend() -> None:
    client = ChatBackend(PageSettings("http://127.0.0.1:9", TOKEN))
    with pytest.raises(BackendAway) as away:
        client.say("hello")
    assert not away.value.uncertain
    client.close()


def test_a_problem_keeps_its_code_and_its_words(backend: PageBackend) -> None:
    client = ChatBackend(PageSettings(backend.url, "slot-1.forged"))
    with pytest.raises(Refused) as refused:
        client.page()
    assert (refused.value.status, refused.value.code) == (401, "unauthorized")
    client.close()


def test_half_a_character_is_refused_before_it_is_sent(backend: PageBackend) -> None:
    client = ChatBackend(PageSettings(backend.url, TOKEN))
    with pytest.raises(Refused) as refused:
        client.say("\ud800")
    assert refused.value.status == 422
    client.close()
