"""Which models there are to choose from, learned now and then for as long as the page is shown."""

import logging
import threading
import time
from dataclasses import replace

from playground_chat.page.backend_client import BackendAway, ChatBackend, Refused
from playground_chat.page.board import Board, Link

log = logging.getLogger(__name__)

_FRESH_S = 60.0


class ModelList:
    """Puts the models on the board. `look` returns at once."""

    def __init__(self, backend: ChatBackend, board: Board) -> None:
        self._backend = backend
        self._board = board
        self._asked_at = -_FRESH_S

    def look(self) -> None:
        """Ask again, if the last answer is old."""
        old = time.monotonic() - self._asked_at >= _FRESH_S
        if old and self._board.picture.link is Link.HERE:
            self._asked_at = time.monotonic()
            threading.Thread(target=self._ask, name="models", daemon=True).start()

    def _ask(self) -> None:
        try:
            found = self._backend.models()
        except (BackendAway, Refused) as error:
            log.info("the models are not known: %s", error)
            return
        self._board.change(lambda p: p if p.models == found else replace(p, models=found))
