"""The janitor: compares what is wanted with what exists, every few seconds, and mends it.

One acts at a time, by a lease that ends by itself. It decides here; the lifecycle does the work,
in tasks of which a session has at most one, so that a slow launch holds up nothing else. Every
decision is checked again by the lifecycle before it is carried out: what this reads may be old by
then.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from redis.exceptions import RedisError

from playground.clock import now
from playground.conversation.log import ConversationLog
from playground.errors import PlaygroundError, ScenarioNotFound
from playground.identifiers import new_id
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.scenarios.folder import ScenarioFolder
from playground.scenarios.model import Limits
from playground.sessions.model import EndReason, Handle, Session, Status, Target
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.launchers.protocol import Condition, Launcher
from playground_worker.lease import Leases
from playground_worker.lifecycle import Lifecycle

log = logging.getLogger(__name__)

LEASE_MS = 6_000
_SOON_S = 0.5
"""Until the next look while a session is on its way, or the next try while another janitor acts."""
QUEUED_PATIENCE = timedelta(seconds=3)
"""How long a queued session is left to the consumers of the queue."""
_SLOTS_EVERY = 15
"""Forgotten slots are looked for once in so many looks: it reads every key."""

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Rooms:
    """What the janitor looks into."""

    redis: Redis
    keys: Keys
    store: SessionStore
    slots: SlotStore
    scenarios: ScenarioFolder
    log: ConversationLog


class Janitor:
    """Mends what died. `run` survives an absent Redis and every failure of a single step."""

    def __init__(
        self,
        rooms: Rooms,
        leases: Leases,
        launcher: Launcher,
        lifecycle: Lifecycle,
        *,
        at_once: int,
    ) -> None:
        self._rooms = rooms
        self._leases = leases
        self._launcher = launcher
        self._lifecycle = lifecycle
        self._holder = new_id("janitor")
        self._at_once = asyncio.Semaphore(at_once)
        self._working: dict[str, asyncio.Task[None]] = {}
        self._looks = 0

    async def run(self, every_s: float) -> None:
        """Look every *every_s* seconds while the lease is ours, until cancelled."""
        key = self._rooms.keys.janitor_lease()
        while True:
            ours, unsettled = False, False
            try:
                ours = await self._leases.take(key, self._holder, ttl_ms=LEASE_MS)
                if ours:
                    unsettled = await self.look()
            except RedisError as error:
                log.warning("the janitor waits for Redis: %s", error)
            except Exception:
                log.exception("the janitor's look failed")
            soon = unsettled or not ours
            await asyncio.sleep(min(every_s, _SOON_S) if soon else every_s)

    async def close(self) -> None:
        """End the work in hand, and let another janitor act at once."""
        for task in self._working.values():
            task.cancel()
        await asyncio.gather(*self._working.values(), return_exceptions=True)
        await self._leases.release(self._rooms.keys.janitor_lease(), self._holder)

    async def look(self) -> bool:
        """One comparison; whether a session is on its way. What is to be done goes on after it."""
        owned = await self._launcher.owned()
        # Read after the units: a launch names its slot in the session before it makes the unit.
        sessions = await self._rooms.store.live()
        self._remove_unwanted(owned, sessions)
        handles = [s.handle for s in sessions if s.status is Status.READY and s.handle]
        conditions = await self._launcher.inspect(handles)
        for session in sessions:
            step = await self._step_for(session, conditions)
            if step is not None:
                self._begin(session.id, step)
        if self._looks % _SLOTS_EVERY == 0:
            await self._close_forgotten_slots()
        self._looks += 1
        return any(session.status is not Status.READY for session in sessions)

    async def settled(self) -> None:
        """Wait until the work in hand is done."""
        await asyncio.gather(*self._working.values())

    async def _step_for(self, session: Session, conditions: Mapping[str, Condition]) -> Step | None:
        """What the session lacks, if it lacks anything."""
        if session.target is Target.STOPPED or session.status is Status.STOPPING:
            return partial(self._lifecycle.stop, session.id)
        if session.status is Status.READY:
            if await self._is_idle(session):
                return partial(self._stop_idle, session)
            condition = conditions.get(session.slot or "", Condition(alive=False))
            if not condition.alive:
                return partial(self._lifecycle.page_died, session, condition.cause)
        if session.status in (Status.QUEUED, Status.STARTING) and await self._is_abandoned(session):
            return partial(self._lifecycle.launch, session.id)
        return None

    async def _is_idle(self, session: Session) -> bool:
        """Nobody has said anything for as long as the scenario allows, and no turn runs."""
        if now() - session.last_active_at < timedelta(seconds=self._limits(session).idle_s):
            return False
        return (await self._rooms.log.state(session.id)).running_turn is None

    def _limits(self, session: Session) -> Limits:
        try:
            return self._rooms.scenarios.get(session.scenario).limits
        except ScenarioNotFound:
            return Limits()

    async def _stop_idle(self, session: Session) -> None:
        def unless_active(found: Session) -> Session:
            if found.last_active_at != session.last_active_at or found.status is not Status.READY:
                return found
            return found.model_copy(update={"target": Target.STOPPED, "end_reason": EndReason.IDLE})

        found = await self._rooms.store.update(session.id, unless_active)
        if found.target is Target.STOPPED:
            await self._lifecycle.stop(session.id)

    async def _is_abandoned(self, session: Session) -> bool:
        """Nobody launches it: its worker died, or its job was lost."""
        since = max(session.created_at, session.crashed_at or session.created_at)
        if session.status is Status.QUEUED and now() - since < QUEUED_PATIENCE:
            return False
        return not await self._rooms.redis.exists(self._rooms.keys.launch_lease(session.id))

    def _remove_unwanted(self, owned: Sequence[Handle], sessions: Sequence[Session]) -> None:
        wanted = {session.slot for session in sessions}
        for handle in owned:
            if handle.slot not in wanted:
                log.info("removing %s, which no session wants", handle.slot)
                self._begin(handle.slot, partial(self._remove, handle))

    async def _remove(self, handle: Handle) -> None:
        await self._launcher.stop(handle)
        await self._rooms.slots.close(handle.slot)

    async def _close_forgotten_slots(self) -> None:
        """Slots that were opened by a launch that was killed before it could say so."""
        for slot, session_id in (await self._rooms.slots.bound()).items():
            if await self._rooms.redis.exists(self._rooms.keys.launch_lease(session_id)):
                continue
            # Read after the lease: without one, no launch is about to name this slot.
            session = await self._rooms.store.find(session_id)
            if session is None or session.slot != slot:
                await self._rooms.slots.close(slot)

    def _begin(self, name: str, step: Step) -> None:
        if name not in self._working:
            task = asyncio.create_task(self._carry_out(name, step), name=f"janitor: {name}")
            self._working[name] = task
            task.add_done_callback(lambda _: self._working.pop(name, None))

    async def _carry_out(self, name: str, step: Step) -> None:
        try:
            async with self._at_once:
                await step()
        except (RedisError, PlaygroundError) as error:
            log.warning("the janitor tries again later with %s: %s", name, error)
        except Exception:
            log.exception("the janitor failed with %s", name)
