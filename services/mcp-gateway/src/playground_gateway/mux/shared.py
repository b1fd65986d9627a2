"""One script session of a page, shared by everybody who is attached to it.

It takes every message of the page's server once, keeps the page as it is, and tells all parties.
What a party asks for waits until another's run has ended; the stop button passes at once.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from playground_gateway.bridge.definitions import Proto
from playground_gateway.bridge.link import Link, LinkLost
from playground_gateway.bridge.state import SessionState
from playground_gateway.bridge.timers import Timers
from playground_gateway.mux.asking import asked, goes_elsewhere, read
from playground_gateway.mux.floor import Floor
from playground_gateway.mux.held import Held, default_of, ids_on, widget_that_is_set
from playground_gateway.mux.journal import Journal
from playground_gateway.mux.party import Party
from playground_gateway.mux.showing import can_show
from playground_gateway.mux.telling import Teller

log = logging.getLogger(__name__)


class SharedPage:
    """The page. `start` it once, `close` it in the end."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.state = SessionState()
        self.parties: set[Party] = set()
        self.lost: str | None = None
        """Why the page cannot be used any more, if so."""
        self.has_run = False
        """Whether a run has ended on it."""
        self.changed: Callable[[], None] = lambda: None
        """Told of each message that changes what the page shows."""
        self._journal = Journal(self.state)
        self._held = Held()
        self._floor = Floor()
        self._timers = Timers(self._run_fragment)
        self._teller = Teller(self.state, self._held)
        self._asked_for_a_run = False
        self._reading: asyncio.Task[None] | None = None

    @property
    def humans_watching(self) -> int:
        """How many browser tabs show it."""
        return sum(party.human for party in self.parties)

    def with_secret(self, path: str) -> str:
        """A path below the page as its server knows it, from one that a browser was told."""
        return path.replace(self._teller.public_id, self.state.session_id)

    def start(self) -> None:
        """Begin to take the server's messages."""
        self._reading = asyncio.create_task(self._read(), name="shared page")

    async def close(self) -> None:
        """Leave the page; everybody is dismissed."""
        self._timers.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self._end("the page was closed")
        await self.link.close()

    def attach(self, party: Party) -> None:
        """Let a party see the page, from what it is now on."""
        for message in self._journal.replay():
            self._teller.retell(party, message, self.link.definitions.state_class)
        party.set_by_others += [] if party.human else self._held.states.values()
        self.parties.add(party)
        if self.lost is not None:
            party.dismiss()

    async def detach(self, party: Party) -> None:
        """The party sees the page no more. It may be done twice."""
        self.parties.discard(party)
        self._teller.forget(party)
        await self._floor.left(party)

    async def take(self, party: Party, message: Proto) -> int:
        """Do what a party's BackMsg says. Raises LinkLost.

        Returns, as `Link.send` does, after which of the runs that the party was told of it came. A
        rerun returns when it is the party's turn and the message is on its way.
        """
        kind = message.WhichOneof("type") or ""
        if kind.startswith("debug_"):
            return party.runs_told
        if kind == "rerun_script":
            return await self._rerun(party, message)
        if kind == "file_urls_request":
            self._teller.askers[message.file_urls_request.request_id] = party
            message.file_urls_request.session_id = self.state.session_id
        await self.link.send(message)
        return party.runs_told

    async def _rerun(self, party: Party, message: Proto) -> int:
        wish = read(message, party, self.state.tree, self.link.definitions.state_class)
        first, party.greeted = not party.greeted, True
        if first and self._asked_for_a_run and wish.is_empty:
            alone = len(self.parties) == 1
            if not (alone and goes_elsewhere(message, self.state)):
                return 0
        async with self._floor.taken(party):
            self._asked_for_a_run = True
            told = party.runs_told
            wanted = asked(wish, self._held)
            self._share_query(party, wanted.rerun_script)
            await self.link.send(wanted)
        self._note_hidden(party, wish.edits)
        return told

    def _share_query(self, party: Party, wanted: Proto) -> None:
        """What a party has changed in its address is everybody's from now on."""
        if wanted.query_string == party.query:
            wanted.query_string = self.state.query
            return
        party.query = wanted.query_string
        if party.query == self.state.query:
            return
        news: Proto = self.link.definitions.forward_class()
        news.page_info_changed.query_string = party.query
        self.state.receive(news)
        others = [one for one in self.parties if one is not party]
        self._teller.tell(others, news, self.link.definitions.state_class)

    def _note_hidden(self, by: Party, edits: set[str]) -> None:
        """Have tools know what their elements do not tell: browsers have no way to be told."""
        for node in self.state.tree if edits else ():
            widget = widget_that_is_set(node)
            held = self._held.of(widget.id) if widget is not None and widget.id in edits else None
            if widget is not None and held is not None and not can_show(widget.body):
                for party in self.parties:
                    if party is not by and not party.human:
                        party.set_by_others.append(held)

    async def _run_fragment(self, fragment_id: str) -> None:
        if not self.state.settled or self.lost is not None:
            return
        message = self.link.definitions.back()
        wanted = message.rerun_script
        wanted.query_string = self.state.query
        wanted.page_script_hash = self.state.page_hash
        wanted.fragment_id = fragment_id
        if "is_auto_rerun" in wanted.DESCRIPTOR.fields_by_name:  # from Streamlit 1.38 on
            wanted.is_auto_rerun = True
        with suppress(LinkLost):
            await self.link.send(message)

    async def _read(self) -> None:
        why = "the page's connection was closed"
        try:
            async for message in self.link:
                await self._receive(message)
        except LinkLost as error:
            why = str(error)
        except Exception:
            log.exception("a page's message could not be read")
            why = "the page said something that cannot be read"
        self._end(why)

    def _end(self, why: str) -> None:
        self.lost = self.lost or why
        self._timers.close()
        for party in self.parties:
            party.dismiss()

    async def _receive(self, message: Proto) -> None:
        kind = message.WhichOneof("type")
        before = self.state.tree.rev
        node = self.state.receive(message)
        self._journal.note(message)
        if node is not None:
            self._note_value(node)
        match kind:
            case "new_session":
                await self._floor.begun()
            case "script_finished" | "session_event" if self.state.settled:
                self.has_run = True
                self._forget_gone_widgets()
                await self._floor.ended()
            case _:
                pass
        self._timers.follow(self.state.auto_reruns)
        self._teller.tell(tuple(self.parties), message, self.link.definitions.state_class)
        if self.state.tree.rev != before or kind == "script_finished":
            self.changed()

    def _note_value(self, node: Any) -> None:
        """Take the value that the app itself has given a widget, if this node is one."""
        if node.is_block or not getattr(node.body, "set_value", False):
            return
        widget = widget_that_is_set(node)
        if widget is not None:
            state_class = self.link.definitions.state_class
            given = self._held.set_by_app(widget, state_class)
            default = default_of(widget, state_class)
            for party in self.parties if given is not None else ():
                party.beliefs.told(given, default)

    def _forget_gone_widgets(self) -> None:
        there = ids_on(self.state.tree)
        self._held.keep(there)
        for party in self.parties:
            party.beliefs.keep(there)
