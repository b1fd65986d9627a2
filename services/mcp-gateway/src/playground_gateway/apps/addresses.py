"""Where the page of a session is, woken first if it sleeps."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import httpx

from playground.clock import now
from playground.errors import LaunchFailed, SessionEnded, SessionNotFound, SessionNotReady
from playground.sessions.model import Session, Status
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_gateway.doors import Doors, session_path

_WAKES_WITHIN_S = 30
_NOTED_EVERY = timedelta(seconds=20)


@dataclass(frozen=True)
class PageAddress:
    """The page of a session as it is now; a woken one has another."""

    session_id: str
    base_url: str
    """Where the gateway reaches its server."""
    url: str
    """Where a person opens it."""
    slot: str
    is_app: bool


class PageAddresses:
    """Finds pages. *pages_url* and *apps_url*: the edge, where pages are reached through one."""

    def __init__(
        self,
        store: SessionStore,
        slots: SlotStore,
        doors: Doors,
        *,
        pages_url: str = "",
        apps_url: str = "",
    ) -> None:
        self._store = store
        self._slots = slots
        self._doors = doors
        self._edges = {"chat": pages_url.rstrip("/"), "app": apps_url.rstrip("/")}

    async def find(self, session_id: str) -> PageAddress:
        """The session's page, woken if need be; that counts as using the session.

        Raises SessionNotFound, SessionEnded, SessionNotReady, LaunchFailed, and what the API
        refuses.
        """
        path = session_path(session_id)
        await self._doors.api("GET", path)  # which knows whose session it is
        session = await self._store.get(session_id)
        if session.status in (Status.PARKED, Status.QUEUED, Status.STARTING):
            await self._doors.api("POST", f"{path}/resume", params={"wait": _WAKES_WITHIN_S})
            session = await self._store.get(session_id)
        address = _address(session, self._base_url(session))
        await self._note_use(session)
        return address

    async def beside(self, session_id: str, port: int) -> str:
        """Where another server of the page's container or process listens; woken as `find` does.

        Raises what `find` does.
        """
        address = await self.find(session_id)
        if edge := self._edges["app"]:
            return f"{edge}/m/{address.slot}"
        return f"http://{httpx.URL(address.base_url).host}:{port}"

    async def of_slot(self, slot: str) -> PageAddress:
        """The page that is shown at that slot; asking wakes nothing.

        Raises SessionNotFound, SessionEnded, SessionNotReady, LaunchFailed.
        """
        session_id = await self._slots.session_in(slot)
        if session_id is None:
            raise SessionNotFound("There is no such page.")
        session = await self._store.get(session_id)
        return _address(session, self._base_url(session))

    async def note_use(self, session_id: str) -> None:
        """Somebody did something on that session's page. An ended one is nobody's any more."""
        with suppress(SessionNotFound):
            await self._note_use(await self._store.get(session_id))

    def _base_url(self, session: Session) -> str:
        if session.handle is None:
            return ""
        data, edge = session.handle.data, self._edges[session.kind]
        if "url" in data:
            return data["url"]
        if edge:
            return f"{edge}/s/{session.handle.slot}"
        if "host" in data:
            return f"http://{data['host']}:{data['port']}"
        return session.url or ""

    async def _note_use(self, session: Session) -> None:
        """A page that tools look at is not idle, so that it is not parked under their hands."""
        if now() - session.last_active_at > _NOTED_EVERY:
            await self._store.update(
                session.id, lambda seen: seen.model_copy(update={"last_active_at": now()})
            )


def _address(session: Session, base_url: str) -> PageAddress:
    if session.status is Status.FAILED:
        raise LaunchFailed((session.error or {}).get("detail", ""))
    if session.status.ended or session.status is Status.STOPPING:
        raise SessionEnded("The session has ended, and its page with it.")
    if session.status is not Status.READY or session.handle is None:
        raise SessionNotReady
    return PageAddress(
        session_id=session.id,
        base_url=base_url,
        url=session.url or "",
        slot=session.handle.slot,
        is_app=session.kind == "app",
    )
