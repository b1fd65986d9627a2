"""What all tabs of this process share: made at the first script run, never at import."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from playground_chat.page.backend_client import ChatBackend
from playground_chat.page.board import Board
from playground_chat.page.documents import Documents
from playground_chat.page.errands import Errands
from playground_chat.page.feed import Feed
from playground_chat.page.model_list import ModelList
from playground_chat.page.outbox import Outbox
from playground_chat.page.reruns import OpenTabs
from playground_chat.page.settings import PageSettings


@dataclass(frozen=True)
class Desk:
    """The shared parts: the picture, those who do what is asked, the open tabs, the follower."""

    board: Board
    outbox: Outbox
    errands: Errands
    documents: Documents
    tabs: OpenTabs
    feed: Feed


_lock = threading.Lock()
_shared: list[Desk] = []


def shared_desk(environment: Mapping[str, str] = os.environ) -> Desk:
    """The one desk of this process. Raises SettingMissing.

    A module's own variable rather than `st.cache_resource`, which a press of C in the browser
    clears: that would leave a second follower behind.
    """
    with _lock:
        if not _shared:
            _shared.append(_desk(PageSettings.read(environment)))
        return _shared[0]


def _desk(settings: PageSettings) -> Desk:
    board = Board()
    backend = ChatBackend(settings)
    outbox, documents = Outbox(backend, board), Documents(backend, board)
    models = ModelList(backend, board)

    def settled() -> None:
        outbox.settle()
        documents.look()
        models.look()

    desk = Desk(
        board,
        outbox,
        Errands(backend, board),
        documents,
        OpenTabs(board),
        Feed(backend, board, settled),
    )
    desk.feed.start()
    return desk
