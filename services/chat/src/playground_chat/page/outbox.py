"""What a person typed or changed, until the backend has it: nothing is lost while it is away."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playground_chat.page.backend_client import BackendAway, ChatBackend, Json, Refused
from playground_chat.page.board import Board, Link, Pending, Picture
from playground_chat.page.words import refusal

AWAY = "The chat service is away. This will be sent by itself as soon as it is back."
BUSY = "Another reply is still being written. This will be sent as soon as it has ended."
UNSAVED = "Not saved yet: the chat service is away. This will be saved as soon as it is back."
_RETRY_S = 1.0


class Outbox:
    """One message and any changed inputs, sent from threads of their own, so no script run waits.

    `settle` is called whenever the way may be free again; calling it too often does no harm.
    """

    def __init__(self, backend: ChatBackend, board: Board) -> None:
        self._backend = backend
        self._board = board
        self._message = threading.Lock()
        self._inputs = threading.Lock()

    def put(self, text: str) -> None:
        """Take a message. A second one is not taken while the first is still here."""
        if text.strip():
            self._board.change(lambda p: p if p.pending else replace(p, pending=Pending(text)))
            self._in_background(self._deliver_message)

    def answer_anew(self) -> None:
        """Take the wish for another answer to the last question, unless something waits here."""
        wish = Pending("", anew=True)
        self._board.change(lambda p: p if p.pending else replace(p, pending=wish))
        self._in_background(self._deliver_message)

    def take_back(self) -> None:
        """Throw the waiting message away, unless it is already on its way."""

        def without(picture: Picture) -> Picture:
            waits = picture.pending is not None and not picture.pending.on_its_way
            return replace(picture, pending=None) if waits else picture

        self._board.change(without)

    def change_input(self, key: str, value: Any) -> None:
        """Note one changed input of the scenario, and save it."""
        self.change_setting(f"inputs.{key}", value)

    def change_setting(self, name: str, value: Any) -> None:
        """Note another `model` or `temperature`, and save it."""
        self._board.change(lambda p: replace(p, unsaved={**p.unsaved, name: value}))
        self._in_background(self._save)

    def settle(self) -> None:
        """Send what waits, if the way is free."""
        picture = self._board.picture
        if picture.link is not Link.HERE:
            return
        pending = picture.pending
        if pending and pending.reason and not pending.refused and picture.live is None:
            self._in_background(self._deliver_message)
        if picture.unsaved:
            self._in_background(self._save)

    def _in_background(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name=f"outbox {work.__name__}", daemon=True).start()

    def _deliver_message(self) -> None:
        with self._message:
            pending = self._board.picture.pending
            if pending is None or pending.refused or pending.message_id:
                return
            result = self._delivered(pending)
            self._board.change(lambda p: _delivered(p, result))
        if result.reason and not result.refused:
            self._board.wait(lambda p: p.pending is None, _RETRY_S)
            self.settle()

    def _delivered(self, pending: Pending) -> Pending:
        """What becomes of *pending* by one try to send it."""
        fresh = Pending(pending.text, anew=pending.anew)
        try:
            text = None if pending.anew else pending.text
            return replace(fresh, message_id=self._backend.say(text))
        except BackendAway as error:
            return replace(fresh, reason=AWAY, uncertain=error.uncertain)
        except Refused as error:
            if error.code == "turn_in_progress":
                return replace(fresh, reason=BUSY)
            return replace(fresh, reason=f"Not sent. {refusal(error)}", refused=True)

    def _save(self) -> None:
        with self._inputs:
            while unsaved := self._board.picture.unsaved:
                self._board.change(self._saving(unsaved))
                if self._board.picture.unsaved_reason:
                    break
        if self._board.picture.unsaved:
            self._board.wait(lambda p: not p.unsaved, _RETRY_S)
            self.settle()

    def _saving(self, unsaved: Json) -> Callable[[Picture], Picture]:
        """What becomes of the picture by one try to save."""
        try:
            session = self._backend.save(unsaved)
        except BackendAway:
            return lambda p: replace(p, unsaved_reason=UNSAVED)
        except Refused as error:
            words = f"Not saved. {refusal(error)}"
            return lambda p: replace(p, unsaved={}, unsaved_reason=words)
        return lambda p: _saved(p, session, unsaved)


def _delivered(picture: Picture, result: Pending) -> Picture:
    taken_back = picture.pending is None
    arrived = any(m["id"] == result.message_id for m in reversed(picture.messages))
    return replace(picture, pending=None if taken_back or arrived else result)


def _saved(picture: Picture, session: Json, done: Json) -> Picture:
    left = {k: v for k, v in picture.unsaved.items() if k not in done or done[k] != v}
    return replace(picture.with_session(session), unsaved=left, unsaved_reason="")
