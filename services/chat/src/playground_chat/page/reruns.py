"""Asking the open tabs to draw anew: the only way by which another thread may change a page.

A thread that writes to a finished run's containers is never seen. So the listener asks each tab's
Streamlit session for a rerun, on the server's own event loop. Streamlit has no public call for
this; the three private names used here are held by an integration test.
"""

import logging
import threading
from typing import Any

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground_chat.page.board import Board

log = logging.getLogger(__name__)

_RUN_IN_PROGRESS_S = 0.02


class OpenTabs:
    """Knows which drawing each open tab shows. A tab that is gone is forgotten."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._drawn: dict[str, int] = {}
        self._asking: set[str] = set()
        self._lock = threading.Lock()
        board.on_redraw(self.ask_all)

    def drew(self, drawing: int) -> None:
        """The tab whose script is running has drawn *drawing*."""
        context = get_script_run_ctx()
        if context is None:
            return
        with self._lock:
            self._drawn[context.session_id] = drawing
        # In its first run a tab is not known yet: nobody has asked it about a change since then.
        if self._is_old(context.session_id):
            self.ask_all()

    def count(self) -> int:
        """How many tabs are known, for tests."""
        with self._lock:
            return len(self._drawn)

    def ask_all(self) -> None:
        """Ask every open tab that shows an older drawing for a rerun. Returns at once."""
        if not runtime.exists():
            return
        with self._lock:
            known = list(self._drawn)
        for session_id in known:
            session = _open_session(session_id)
            if session is None:
                self._forget(session_id)
                continue
            with self._lock:
                if session_id in self._asking:
                    continue
                self._asking.add(session_id)
            try:
                session._event_loop.call_soon_threadsafe(self._ask, session_id)
            except RuntimeError:  # the server is shutting down
                self._asked(session_id)

    def _ask(self, session_id: str) -> None:
        """On the server's loop: ask once the tab's present run, if any, is over or has drawn it.

        A rerun asked for in mid-run would end that run, and with it a click it was about to serve.
        """
        session = _open_session(session_id)
        if session is None or self._drawn.get(session_id, 0) >= self._board.picture.drawing:
            self._asked(session_id)
            # A change between the look above and this line would find nobody asking.
            if session is not None and self._is_old(session_id):
                self.ask_all()
            return
        if session._scriptrunner is not None:
            session._event_loop.call_later(_RUN_IN_PROGRESS_S, self._ask, session_id)
            return
        self._asked(session_id)
        session.request_rerun(None)

    def _is_old(self, session_id: str) -> bool:
        return self._drawn.get(session_id, 0) < self._board.picture.drawing

    def _asked(self, session_id: str) -> None:
        with self._lock:
            self._asking.discard(session_id)

    def _forget(self, session_id: str) -> None:
        with self._lock:
            self._drawn.pop(session_id, None)


def _open_session(session_id: str) -> Any:
    """The Streamlit session of a tab that is connected now, or None."""
    if not runtime.exists():
        return None
    running: Any = runtime.get_instance()
    active = running._session_mgr.get_active_session_info(session_id)
    return active.session if active else None
