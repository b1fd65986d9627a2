"""Sessions whose page is a Streamlit server that a test has started."""

from collections.abc import Awaitable
from typing import Literal, cast

from playground.clock import now
from playground.keys import Keys
from playground.principal import LOCAL
from playground.redis_connection import Redis
from playground.sessions.model import Handle, Session, Status, new_session
from playground.sessions.store import SessionStore


async def session_at(
    redis: Redis,
    keys: Keys,
    url: str,
    session_id: str,
    *,
    scenario: str = "dice",
    kind: Literal["app", "chat"] = "app",
) -> Session:
    """A ready session whose page somebody else runs at *url*."""
    asked = new_session(
        session_id=session_id,
        principal=LOCAL,
        scenario=scenario,
        title="App",
        model="m",
        kind=kind,
        slot=f"slot-{session_id}",
    )
    handle = Handle(launcher="foreign", slot=f"slot-{session_id}", data={"url": url})
    ready = asked.model_copy(
        update={"status": Status.READY, "ready_at": now(), "handle": handle, "url": url}
    )
    await cast(Awaitable[int], redis.hset(keys.slot(handle.slot), "session_id", session_id))
    return await SessionStore(redis, keys).create(ready)
