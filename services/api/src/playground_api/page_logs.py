"""The logs of pages: of one that runs, from the worker; of one that is gone, what was kept."""

from typing import cast

from playground.errors import SessionEnded, SessionNotReady
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import Session, Status
from playground_api.job_queue import JobQueue


class PageLogs:
    """Reads the end of logs. May raise redis-py's errors."""

    def __init__(self, redis: Redis, keys: Keys, queue: JobQueue) -> None:
        self._redis = redis
        self._keys = keys
        self._queue = queue

    async def tail(self, session: Session, lines: int) -> str:
        """The last *lines* of the session's page. Raises SessionEnded and SessionNotReady."""
        if session.handle is not None:
            text = await self._queue.read_log(session.id, lines)
            if text or session.status in (Status.READY, Status.STARTING):
                return _last(text, lines)
        kept = cast(str | None, await self._redis.get(self._keys.page_log(session.id)))
        if kept is not None:
            return _last(kept, lines)
        if session.status.ended:
            raise SessionEnded(f"Session {session.id} has ended, and its page's log is gone.")
        raise SessionNotReady(f"Session {session.id} has no page just now, and so no log.")


def _last(text: str, lines: int) -> str:
    return "".join(f"{line}\n" for line in text.splitlines()[-lines:])
