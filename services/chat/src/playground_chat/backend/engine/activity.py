"""Telling a session's record that its conversation lives: when, and how many turns it has had."""

import logging

from redis.exceptions import RedisError

from playground.clock import now
from playground.errors import PlaygroundError, SessionNotFound
from playground.sessions.model import Session
from playground.sessions.store import SessionStore

log = logging.getLogger(__name__)


class SessionActivity:
    """Notes turns in the session's record. A failure is logged: no conversation ends for it."""

    def __init__(self, sessions: SessionStore) -> None:
        self._sessions = sessions

    async def note(self, session_id: str, turns: int | None = None) -> None:
        """The session is active now, and has had *turns* turns if that is known."""

        def active(session: Session) -> Session:
            if session.status.ended:
                return session
            had = max(session.turns, turns or 0)
            return session.model_copy(update={"last_active_at": now(), "turns": had})

        try:
            await self._sessions.update(session_id, active)
        except SessionNotFound:
            log.debug("%s is a conversation without a session", session_id)
        except (RedisError, PlaygroundError) as error:
            log.warning("session %s: its activity is not noted: %s", session_id, error)
