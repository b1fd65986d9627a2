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
from playground.errors import PlaygroundError
from playground.identifiers import new_id
from playground.keys import Keys
from playground.redis_connection import Redis
from playground.sessions.model import EndReason, Handle, Session, Status, Target
from playground.sessions.pool import PagePool
from playground.sessions.slots import SlotStore
from playground.sessions.store import SessionStore
from playground_worker.allowances import Allowances
from playground_worker.launchers.protocol import Condition
from playground_worker.lease import Leases
from playground_worker.lifecycle import Lifecycle
from playground_worker.memory_notes import MemoryNotes
from playground_worker.pages import Pages
from playground_worker.parking import Parking
from playground_worker.pool_keeper import PoolKeeper

log = logging.getLogger(__name__)

LEASE_MS = 4_000
_SOON_S = 0.5
"""Until the next look while a session is on its way, or the next try while another janitor acts."""
QUEUED_PATIENCE = timedelta(seconds=3)
"""How long a queued session is left to the consumers of the queue."""
_SLOTS_EVERY = 15
"""Forgotten slots are looked for once in so many looks: it reads every key."""
_MEMORY_EVERY = 2
"""The same of what pages hold: a list that people look at shows it."""

_PASSING = (Status.QUEUED, Status.STARTING, Status.STOPPING)

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Rooms:
    """What the janitor looks into."""

    redis: Redis
    keys: Keys
    store: SessionStore
    slots: SlotStore
    pool: PagePool
    allowances: Allowances


@dataclass(frozen=True)
class Hands:
    """Those who carry out what the janitor decides."""

    leases: Leases
    pages: Pages
    lifecycle: Lifecycle
    parking: Parking
    pool_keeper: PoolKeeper
    memory: MemoryNotes


@dataclass(frozen=True)
class Lifetimes:
    """How long a page is used before it is given back, and a session stays parked, unused."""

    page: timedelta
    parked: timedelta


class Janitor:
    """Mends what died. `run` survives an absent Redis and every failure of a single step."""

    def __init__(self, rooms: Rooms, hands: Hands, *, at_once: int, lifetimes: Lifetimes) -> None:
        self._rooms = rooms
        self._hands = hands
        self._lifetimes = lifetimes
        self._holder = new_id("janitor")
        self._at_once = asyncio.Semaphore(at_once)
        self._at_once_in_queue = 2 * at_once
        self._working: dict[str, asyncio.Task[None]] = {}
        self._fitted: set[str] = set()
        self._looks = 0

    async def run(self, every_s: float) -> None:
        """Look every *every_s* seconds while the lease is ours, until cancelled."""
        key = self._rooms.keys.janitor_lease()
        while True:
            ours, unsettled = False, False
            try:
                ours = await self._hands.leases.take(key, self._holder, ttl_ms=LEASE_MS)
                if ours:
                    unsettled = await self.look()
            except (RedisError, PlaygroundError) as error:
                log.warning("the janitor looks again shortly: %s", error)
            except Exception:
                log.exception("the janitor's look failed")
            soon = unsettled or not ours
            await asyncio.sleep(min(every_s, _SOON_S) if soon else every_s)

    async def close(self) -> None:
        """End the work in hand, and let another janitor act at once."""
        for task in self._working.values():
            task.cancel()
        await asyncio.gather(*self._working.values(), return_exceptions=True)
        await self._hands.leases.release(self._rooms.keys.janitor_lease(), self._holder)

    async def look(self) -> bool:
        """One comparison; whether something is on its way. What is to be done goes on after it."""
        owned = await self._hands.pages.launcher.owned()
        # Read in this order, which is that of their ways: a unit is made after its slot is named in
        # the pool or in a session, and a slot of the pool goes to a session.
        waiting = await self._rooms.pool.waiting()
        pool = await self._rooms.pool.slots()
        sessions = await self._rooms.store.live()
        wanted = {*pool, *(s.slot for s in sessions if s.slot)}
        self._remove_unwanted(owned, wanted)
        self._fitted &= wanted
        handles = [s.handle for s in sessions if s.status is Status.READY and s.handle]
        conditions = await self._hands.pages.inspect([*handles, *(page.handle for page in waiting)])
        await self._mend(sessions, conditions)
        for handle in await self._hands.pool_keeper.drop_unfit(waiting, conditions):
            self._begin(handle.slot, partial(self._remove, handle))
        missing = await self._hands.pool_keeper.missing()
        for number in range(missing):
            self._begin(f"waiting page {number + 1}", self._hands.pool_keeper.refill)
        if self._looks % _MEMORY_EVERY == 0:
            self._begin("memory", partial(self._hands.memory.note, sessions))
        if self._looks % _SLOTS_EVERY == 0:
            await self._close_forgotten_slots()
        self._looks += 1
        return missing > 0 or any(s.status in _PASSING for s in sessions)

    async def _mend(self, sessions: Sequence[Session], conditions: Mapping[str, Condition]) -> None:
        readable = {session.id for session in sessions}
        queue = [one for one in await self._rooms.store.queue() if one in readable]
        waited_longest = queue[: self._at_once_in_queue]
        for session in sessions:
            queues = session.status is Status.QUEUED and session.target is Target.READY
            if queues and session.id not in waited_longest:
                continue
            step = await self._step_for(session, conditions)
            if step is not None:
                self._begin(session.id, step)

    async def settled(self) -> None:
        """Wait until the work in hand is done."""
        await asyncio.gather(*self._working.values())

    async def _step_for(self, session: Session, conditions: Mapping[str, Condition]) -> Step | None:
        """What the session lacks, if it lacks anything."""
        if session.target is Target.STOPPED or session.status is Status.STOPPING:
            return partial(self._hands.lifecycle.stop, session.id)
        if session.status is Status.READY:
            condition = conditions.get(session.slot or "", Condition(alive=False))
            if not condition.alive:
                return partial(self._hands.lifecycle.page_died, session, condition)
            return await self._step_for_ready(session)
        if session.status is Status.QUEUED and session.target is Target.PARKED:
            return partial(self._hands.parking.park, session.id)
        if session.status is Status.PARKED and self._is_forgotten(session):
            return partial(self._hands.lifecycle.stop, session.id, EndReason.IDLE)
        if session.status in (Status.QUEUED, Status.STARTING) and await self._is_abandoned(session):
            return partial(self._hands.lifecycle.launch, session.id)
        return None

    async def _step_for_ready(self, session: Session) -> Step | None:
        if session.target is Target.PARKED:
            return partial(self._hands.parking.park, session.id)
        limits = await self._rooms.allowances.limits(session.scenario)
        if await self._hands.parking.is_unused(session, timedelta(seconds=limits.idle_s)):
            return partial(self._hands.parking.park_unused, session)
        age = now() - (session.ready_at or session.created_at)
        if age > self._lifetimes.page and not await self._hands.parking.is_in_turn(session):
            return partial(self._hands.parking.park_unused, session)
        if session.slot is not None and session.slot not in self._fitted:
            return partial(self._fit, session.id, session.slot)
        return None

    def _is_forgotten(self, session: Session) -> bool:
        """Parked for so long that its conversation has run out."""
        return now() - session.last_active_at > self._lifetimes.parked

    async def _fit(self, session_id: str, slot: str) -> None:
        await self._hands.lifecycle.bound(session_id)
        self._fitted.add(slot)

    async def _is_abandoned(self, session: Session) -> bool:
        """Nobody launches it: its worker died, its job was lost, or there was no place for it."""
        since = session.queued_at or session.created_at
        if session.status is Status.QUEUED and now() - since < QUEUED_PATIENCE:
            return False
        return not await self._rooms.redis.exists(self._rooms.keys.launch_lease(session.id))

    def _remove_unwanted(self, owned: Sequence[Handle], wanted: set[str]) -> None:
        for handle in owned:
            if handle.slot not in wanted:
                log.info("removing %s, which no session wants", handle.slot)
                self._begin(handle.slot, partial(self._remove, handle))

    async def _remove(self, handle: Handle) -> None:
        session_id = await self._rooms.slots.session_in(handle.slot)
        await self._hands.pages.give_back(handle.slot, handle, session_id=session_id)

    async def _close_forgotten_slots(self) -> None:
        """Slots that were opened by a launch that was killed before it could say so."""
        slots = await self._rooms.slots.bound()
        pool = await self._rooms.pool.slots()
        for slot, session_id in slots.items():
            if slot not in pool and not await self._is_spoken_for(slot, session_id):
                await self._hands.pages.give_back(slot, None)

    async def _is_spoken_for(self, slot: str, session_id: str | None) -> bool:
        # One that has just left the pool has gone to a session.
        session_id = session_id or await self._rooms.slots.session_in(slot)
        if session_id is None:
            return False
        if await self._rooms.redis.exists(self._rooms.keys.launch_lease(session_id)):
            return True
        # Read after the lease: without one, no launch is about to name this slot.
        return await self._rooms.store.holds(session_id, slot)

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
