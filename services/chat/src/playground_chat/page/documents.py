"""The documents of the conversation: sent, followed while they are read, taken away."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from playground_chat.page.backend_client import BackendAway, ChatBackend, Refused
from playground_chat.page.board import Board, Link, Picture
from playground_chat.page.words import refusal

log = logging.getLogger(__name__)

AWAY = "The chat service is away. Please add it again when it is back."
_PAUSE_S = 0.4
_UNFINISHED = ("reading", "embedding")


class Documents:
    """Writes what it learns on the board. Every method returns at once; threads do the work."""

    def __init__(self, backend: ChatBackend, board: Board) -> None:
        self._backend = backend
        self._board = board
        self._following = threading.Lock()

    def add(self, name: str, data: bytes) -> None:
        """Send a file; how it goes is on the board under its name."""
        self._board.change(lambda p: replace(p, uploads={**p.uploads, name: ""}))
        self._begin("document upload", self._send, name, data)

    def take_away(self, document_id: str) -> None:
        """Let the conversation do without a document."""
        self._begin("document removal", self._take_away, document_id)

    def forget(self, name: str) -> None:
        """Do not show any more that *name* could not be sent."""
        self._board.change(lambda p: _without(p, name))

    def look(self) -> None:
        """Learn which documents there are, and follow those that are being read."""
        picture = self._board.picture
        if picture.scenario.get("uploads") and picture.link is Link.HERE:
            self._begin("documents", self._follow)

    def _begin(self, name: str, work: Callable[..., object], *args: object) -> None:
        threading.Thread(target=work, args=args, name=name, daemon=True).start()

    def _send(self, name: str, data: bytes) -> None:
        try:
            self._backend.add_document(name, data)
        except BackendAway:
            words = AWAY
        except Refused as error:
            words = refusal(error)
        else:
            self._follow()
            self.forget(name)
            return
        self._board.change(lambda p: replace(p, uploads={**p.uploads, name: words}))

    def _take_away(self, document_id: str) -> None:
        try:
            self._backend.take_document_away(document_id)
        except (BackendAway, Refused) as error:
            log.warning("document %s could not be taken away: %s", document_id, error)
        self._list()

    def _follow(self) -> None:
        """List the documents until all are read. One thread does it; others list once."""
        if not self._following.acquire(blocking=False):
            self._list()
            return
        try:
            while self._list():
                time.sleep(_PAUSE_S)
        finally:
            self._following.release()

    def _list(self) -> bool:
        """Put the documents on the board; whether any is still being read."""
        try:
            found = self._backend.documents()
        except (BackendAway, Refused) as error:
            log.info("the documents are not known: %s", error)
            return False
        self._board.change(lambda p: p if p.documents == found else replace(p, documents=found))
        return any(document.get("status") in _UNFINISHED for document in found)


def _without(picture: Picture, name: str) -> Picture:
    left = {key: words for key, words in picture.uploads.items() if key != name}
    return replace(picture, uploads=left) if left != picture.uploads else picture
