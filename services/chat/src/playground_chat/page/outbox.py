"""What a person typed or changed, until the backend has it: nothing is lost while it is away."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from playground_chat.page.backend_client import BackendAway, ChatBackend, Json, Refused
from playground_chat.page.board import Board, Link, Pending, Picture

log = logging.getLogger(__name__)

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

    def take_back(self) -> None:
        """Throw the waiting message away, unless it is already on its way."""

        def without(picture: Picture) -> Picture:
            waits = picture.pending is not None and not picture.pending.on_its_way
            return replace(picture, pending=None) if waits else picture

        self._board.change(without)

    def change_input(self, key: str, value: Any) -> None:
        """Note one changed input, and save it."""
        self._board.change(lambda p: replace(p, unsaved={**p.unsaved, key: value}))
        self._in_background(self._save_inputs)

    def cancel(self) -> None:
        """Ask for the end of the running turn."""
        self._in_background(self._cancel)

    def settle(self) -> None:
        """Send what waits, if the way is free."""
        picture = self._board.picture
        if picture.link is not Link.HERE:
            return
        pending = picture.pending
        if pending and pending.reason and not pending.refused and picture.live is None:
            self._in_background(self._deliver_message)
        if picture.unsaved:
            self._in_background(self._save_inputs)

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
        try:
            return Pending(pending.text, message_id=self._backend.say(pending.text))
        except BackendAway as error:
            return Pending(pending.text, AWAY, uncertain=error.uncertain)
        except Refused as error:
            if error.code == "turn_in_progress":
                return Pending(pending.text, BUSY)
            return Pending(pending.text, f"Not sent. {_words(error)}", refused=True)

    def _save_inputs(self) -> None:
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
            session = self._backend.save_inputs(unsaved)
        except BackendAway:
            return lambda p: replace(p, unsaved_reason=UNSAVED)
        except Refused as error:
            words = f"Not saved. {_words(error)}"
            return lambda p: replace(p, unsaved={}, unsaved_reason=words)
        return lambda p: _saved(p, session, unsaved)

    def _cancel(self) -> None:
        try:
            self._backend.cancel()
        except (BackendAway, Refused) as error:
            log.warning("the running turn could not be stopped: %s", error)


def _delivered(picture: Picture, result: Pending) -> Picture:
    taken_back = picture.pending is None
    arrived = any(m["id"] == result.message_id for m in reversed(picture.messages))
    return replace(picture, pending=None if taken_back or arrived else result)


def _saved(picture: Picture, session: Json, done: Json) -> Picture:
    left = {k: v for k, v in picture.unsaved.items() if k not in done or done[k] != v}
    return replace(picture.with_session(session), unsaved=left, unsaved_reason="")


def _words(error: Refused) -> str:
    """A refusal in words for the person at the page."""
    if error.code == "session_ended":
        return "This session has ended."
    fields = " ".join(f"{name.removeprefix('inputs.')} {said}." for name, said in error.errors)
    return f"{error.detail} {fields}".strip()
