"""A launch as a person waits for it: what happens now, the place in the queue, and how it ended."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from playground.errors import SessionNotFound, SessionUnreadable
from playground.scenarios.model import Scenario
from playground.sessions.model import Session, Status
from playground_api.control import Control, settled
from playground_api.dashboard.preferences import Opening
from playground_api.dashboard.rendering import html
from playground_api.outcomes import refusal
from playground_api.routes.pages import page_address
from playground_http.sse import event

EVENT = "launch"
_STEPS = (
    (Status.QUEUED, "Waiting for its turn"),
    (Status.STARTING, "Starting its page"),
    (Status.READY, "Opening it"),
)


@dataclass(frozen=True)
class Step:
    """One step of a launch, and whether it is behind, under way, or to come."""

    words: str
    state: str


def steps(session: Session) -> list[Step]:
    """The steps of a launch, as *session* stands."""
    order = [status for status, _ in _STEPS]
    reached = order.index(session.status) if session.status in order else len(order) - 1
    states = ("done", "now", "to come")
    return [
        Step(words, states[(n >= reached) + (n > reached)]) for n, (_, words) in enumerate(_STEPS)
    ]


@dataclass(frozen=True)
class Launching:
    """Shows launches of one principal. Methods may raise PlaygroundError and redis-py's errors."""

    control: Control
    workers_alive: Callable[[], Awaitable[int]]

    async def session(self, session_id: str) -> Session:
        """The session, with its place in the queue while it waits."""
        (session,) = await self.control.shown(await self.control.get(session_id))
        return session

    async def scenario(self, session: Session) -> Scenario | None:
        """Its scenario, whose file may be gone."""
        return await self.control.library.find(session.scenario)

    async def way_on(self, session: Session, preferred: Opening) -> str:
        """Where to go from here: to the wait for the page, or to the page as it is preferred.

        Raises what keeps the session from having one.
        """
        if refused := refusal(session):
            raise refused
        if not settled(session):
            return f"/sessions/{session.id}/launching"
        address = await page_address(self.control, session.id)
        return f"/sessions/{session.id}/split" if preferred is Opening.SPLIT else address

    async def progress(self, session: Session) -> str:
        """What happens now, as HTML."""
        return html(
            "launch_progress.html",
            session=session,
            steps=steps(session),
            over=settled(session),
            workers=await self.workers_alive(),
        )

    async def live(self, session_id: str) -> AsyncGenerator[bytes]:
        """The progress now, and at each change, until the launch is over."""
        start = await self.control.changes.newest_id()
        session = await self.session(session_id)
        shown = await self.progress(session)
        yield event(EVENT, shown)
        if settled(session):
            return
        async for change in self.control.changes.follow(start):
            # Whatever happens to another session may move this one forward in the queue.
            if change.session["id"] != session_id and session.status is not Status.QUEUED:
                continue
            try:
                session = await self.session(session_id)
            except (SessionNotFound, SessionUnreadable):
                return
            now = await self.progress(session)
            if now != shown:
                shown = now
                yield event(EVENT, shown)
            if settled(session):
                return
