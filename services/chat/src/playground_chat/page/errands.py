"""What a person asks for at the page that is done once or not at all: stop, ask differently."""

import logging
import threading
from dataclasses import replace

from playground_chat.page.backend_client import BackendAway, ChatBackend, Refused
from playground_chat.page.board import Board
from playground_chat.page.words import refusal

log = logging.getLogger(__name__)

_AWAY = "The chat service is away; nothing was done. Please try again when it is back."


class Errands:
    """Does them. What could not be done is said on the board, as its complaint."""

    def __init__(self, backend: ChatBackend, board: Board) -> None:
        self._backend = backend
        self._board = board

    def cancel(self) -> None:
        """Ask for the end of the running turn, without waiting for it."""
        threading.Thread(target=self._cancel, name="errand cancel", daemon=True).start()

    def ask_differently(self, message_id: str, text: str) -> str:
        """Ask *text* in the place of that question; the address of the session in which it is.

        Empty where it could not be done.
        """
        try:
            return self._backend.ask_differently(message_id, text)
        except BackendAway:
            self.complain(_AWAY)
        except Refused as error:
            self.complain(f"Not asked. {refusal(error)}")
        return ""

    def complain(self, words: str = "") -> None:
        """Say what could not be done; nothing, without words."""
        self._board.change(lambda p: p if p.complaint == words else replace(p, complaint=words))

    def _cancel(self) -> None:
        try:
            self._backend.cancel()
        except BackendAway as error:
            log.warning("the running turn could not be stopped: %s", error)
            self.complain(_AWAY)
        except Refused as error:
            self.complain(f"Not stopped. {refusal(error)}")
