"""Telling a session's record that its conversation lives: when, and how many turns it has had."""

import logging

from redis.exceptions import RedisError

from playground.clock import now
from playground.errors import PlaygroundError, SessionNotFound
from playground.sessions.claims import Claims
from playground.sessions.model import Session, Target
from playground.sessions.store import SessionStore

log = logging.getLogger(__name__)


class SessionActivity:
    """Notes turns in the session's record. A failure is logged: no conversation ends for it."""

    def __init__(self, sessions: SessionStore, claims: Claims) -> None:
        self._sessions = sessions
        self._claims = claims

    async def begun(self, session_id: str) -> None:
        """The session is active now: one that is parked is woken, or about to be parked stays."""
        session = await self.note(session_id)
        if session is None or session.target is not Target.PARKED:
            return
        try:
            await self._claims.wake(session_id)
        except (RedisError, PlaygroundError) as error:
            log.warning("session %s could not be woken: %s", session_id, error)

    async def note(self, session_id: str, turns: int | None = None) -> Session | None:
        """The session is active now, and has had *turns* turns if that is known."""

        def active(session: Session) -> Session:
            if session.status.ended:
                return session
            had = max(session.turns, turns or 0)
            return session.model_copy(update={"last_active_at": now(), "turns": had})

        try:
            return await self._sessions.update(session_id, active)
        except SessionNotFound:
            log.debug("%s is a conversation without a session", session_id)
        except (RedisError, PlaygroundError) as error:
            log.warning("session %s: its activity is not noted: %s", session_id, error)
        return None
