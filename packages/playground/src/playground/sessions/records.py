"""Records of sessions as they stand in Redis: a broken one costs its own session alone."""

import logging

from pydantic import ValidationError

from playground.errors import SessionUnreadable
from playground.sessions.model import Session

log = logging.getLogger(__name__)


class Records:
    """Reads records, and names each broken one in the log once: by its id, never its content."""

    def __init__(self) -> None:
        self._named: set[str] = set()

    def read(self, session_id: str, data: str | bytes) -> Session:
        """The session. Raises SessionUnreadable."""
        try:
            return Session.model_validate_json(data)
        except ValidationError:
            if session_id not in self._named:
                self._named.add(session_id)
                log.error("the record of session %s cannot be read", session_id)
            raise SessionUnreadable from None

    def read_if_whole(self, session_id: str, data: str | bytes | None) -> Session | None:
        """The session; None where there is no record, or one that is broken."""
        try:
            return self.read(session_id, data) if data else None
        except SessionUnreadable:
            return None
